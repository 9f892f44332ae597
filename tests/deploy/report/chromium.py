"""A browser to look at pages with: Chromium, steered through two pipes.

It speaks the DevTools protocol: JSON messages that end with a zero byte, on
file descriptors 3 (to the browser) and 4 (from it). Nothing but the standard
library is needed.
"""

import base64
import json
import os
import shutil
import subprocess
import sys

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'chrome')
# 3 and 4 may be in use, by the other pipe even: first out of the way.
LAUNCHER = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]]
for number, pipe in enumerate(pipes, 3):
    os.dup2(pipe, number)
    os.close(pipe)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find():
    """Path of a Chromium, or None."""
    named = os.environ.get('LIGHTKPT_CHROMIUM')
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """An open page; ``events`` holds what the browser told by itself."""

    def __init__(self, program, profile):
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, '-c', LAUNCHER, str(to_browser)]
            + [str(from_browser), program, '--headless', '--no-sandbox']
            + ['--disable-gpu', '--remote-debugging-pipe', '--no-first-run']
            + [f'--user-data-dir={profile}', 'about:blank'],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._last, self._session = b'', 0, None
        self.events = []
        target = self.call('Target.createTarget', url='about:blank')
        attached = self.call(
            'Target.attachToTarget', targetId=target['targetId'], flatten=True
        )
        self._session = attached['sessionId']
        for part in ('Page', 'Network', 'Runtime', 'Log'):
            self.call(f'{part}.enable')

    def call(self, method, **params):
        """Send a command and return its result."""
        self._last += 1
        message = dict(id=self._last, method=method, params=params)
        if self._session:
            message['sessionId'] = self._session
        os.write(self._out, json.dumps(message).encode() + b'\0')
        while True:
            answer = self._read()
            if answer.get('id') == self._last:
                assert 'error' not in answer, answer
                return answer['result']

    def open(self, path, width, dark=False):
        """Load a file at a width and wait until it has run."""
        self.call(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = dict(name='prefers-color-scheme')
        scheme['value'] = 'dark' if dark else 'light'
        self.call('Emulation.setEmulatedMedia', features=[scheme])
        del self.events[:]
        self.call('Page.navigate', url=path.resolve().as_uri())
        while not self._has('Page.loadEventFired'):
            self._read()

    def run(self, expression):
        """Value of a JavaScript expression on the page."""
        found = self.call(
            'Runtime.evaluate', expression=expression, returnByValue=True
        )
        assert 'exceptionDetails' not in found, found
        return found['result'].get('value')

    def click(self, expression):
        """Press the mouse in the middle of an element, as a user does."""
        x, y = self.run(
            f'{{ const e = {expression}; '
            "e.scrollIntoView({block: 'center', inline: 'center'}); "
            'const r = e.getBoundingClientRect(); '
            '[r.x + r.width / 2, r.y + r.height / 2] }'
        )
        for kind in ('mousePressed', 'mouseReleased'):
            self.call(
                'Input.dispatchMouseEvent',
                type=kind,
                x=x,
                y=y,
                button='left',
                clickCount=1,
            )

    def screenshot(self, path):
        """Save the whole page as a PNG."""
        data = self.call('Page.captureScreenshot', captureBeyondViewport=True)[
            'data'
        ]
        path.write_bytes(base64.b64decode(data))

    def complaints(self):
        """What the page wrote to the console, and what it was refused."""
        kinds = ('Log.entryAdded', 'Runtime.exceptionThrown')
        kinds += ('Runtime.consoleAPICalled',)
        return [e for e in self.events if e['method'] in kinds]

    def requests(self):
        """Addresses that the page asked for."""
        return [
            event['params']['request']['url']
            for event in self.events
            if event['method'] == 'Network.requestWillBeSent'
        ]

    def close(self):
        """End the browser."""
        self._process.terminate()
        self._process.wait(timeout=20)
        os.close(self._out)
        os.close(self._in)

    def _has(self, method):
        return any(event['method'] == method for event in self.events)

    def _read(self):
        while b'\0' not in self._buffer:
            data = os.read(self._in, 65536)
            assert data, 'the browser is gone'
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b'\0')
        message = json.loads(line)
        if 'method' in message:
            self.events.append(message)
        return message
