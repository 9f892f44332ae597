"""RLE against MMPose's, its authors' and a direct computation."""

import math

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.models.losses import RLELoss  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch.distributions import Laplace, Normal  # noqa: E402

pytestmark = pytest.mark.mmpose
N, K = 3, 5


def build(**kwargs):
    """In float64, with a flow that is far from its start."""
    generator = torch.Generator().manual_seed(0)
    loss = MODELS.build(dict(type='SafeRLELoss', **kwargs)).double()
    for parameter in loss.parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = 0.3 * noise.double()
    return loss


def inputs(seed=0):
    """Points, logits of sigmas, targets; a fifth of the frame apart."""
    generator = torch.Generator().manual_seed(seed)
    points, logits, target = torch.randn(
        3, N, K, 2, generator=generator, dtype=torch.float64
    )
    return points * 0.2, logits, target * 0.2


def weights(*hidden):
    weight = torch.ones(N, K, dtype=torch.float64)
    for joint in hidden:
        weight[joint] = 0
    return weight


def mmpose_loss(ours, **kwargs):
    """MMPose's with the same flow; the state dict fits as it is."""
    theirs = RLELoss(use_target_weight=True, **kwargs).double()
    theirs.load_state_dict(ours.state_dict())
    return theirs


@pytest.mark.parametrize('residual', [True, False])
def test_it_is_mmposes_loss_where_both_mean_the_same(residual):
    """Every joint visible, next to no floor. MMPose's is a sum over joints
    divided by the batch: K = 5 times the mean over joints."""
    ours = build(sigma_floor=1e-12, residual=residual)
    theirs = mmpose_loss(ours, residual=residual)
    points, logits, target = (t.requires_grad_() for t in inputs())
    value = ours(points, logits.sigmoid(), target, weights())
    other = theirs(points, logits, target, weights()[..., None])
    torch.testing.assert_close(other, K * value, rtol=1e-6, atol=1e-6)
    parameters = [points, logits, *ours.parameters()]
    grads = torch.autograd.grad(value, parameters)
    others = torch.autograd.grad(other, [points, logits, *theirs.parameters()])
    for a, b in zip(grads, others):
        torch.testing.assert_close(b, K * a, rtol=1e-6, atol=1e-6)


def test_hidden_joints_shrink_mmposes_loss_and_not_ours():
    """The same error at each joint, two of five hidden: MMPose's loses two
    fifths, ours is the same."""
    ours = build(sigma_floor=1e-12)
    theirs = mmpose_loss(ours)
    points = torch.full((N, K, 2), 0.1, dtype=torch.float64)
    logits = torch.zeros_like(points)
    target = torch.zeros_like(points)
    some = weights()
    some[:, :2] = 0
    alike = [
        loss(points, sigma, target, weight)
        for loss, sigma, weight in (
            (ours, logits.sigmoid(), weights()),
            (ours, logits.sigmoid(), some),
            (theirs, logits, weights()[..., None]),
            (theirs, logits, some[..., None]),
        )
    ]
    torch.testing.assert_close(alike[1], alike[0])
    torch.testing.assert_close(alike[2], 5 * alike[0])
    torch.testing.assert_close(alike[3], 3 * alike[0])


def test_a_hidden_nan_stops_mmposes_loss_and_not_ours():
    """MMPose sends it through the flow, whose prior refuses it."""
    ours = build()
    theirs = mmpose_loss(ours)
    points, logits, target = inputs()
    weight = weights((1, 2))
    value = ours(points, logits.sigmoid(), target, weight)
    target[1, 2] = float('nan')
    points.requires_grad_()
    same = ours(points, logits.sigmoid(), target, weight)
    assert same == value
    (grad,) = torch.autograd.grad(same, points)
    assert grad.isfinite().all() and not grad[1, 2].any()
    with pytest.raises(ValueError, match='MultivariateNormal'):
        theirs(points, logits, target, weight[..., None])


def test_a_visible_nan_shows():
    points, logits, target = inputs()
    points[0, 0] = float('nan')
    assert build()(points, logits.sigmoid(), target, weights()).isnan()


def flow_log_prob(flow, error):
    """log phi from the map to the normal alone: its Jacobian by autograd."""

    def latent(point):
        return flow.backward_p(point[None])[0][0]

    values = []
    for point in error:
        jacobian = torch.autograd.functional.jacobian(latent, point)
        normal = Normal(0.0, 1.0).log_prob(latent(point)).sum()
        values.append(normal + jacobian.det().abs().log())
    return torch.stack(values)


def test_the_flows_density_is_that_of_its_map():
    loss = build()
    error = inputs()[0][0] * 7
    direct = flow_log_prob(loss.flow_model, error)
    torch.testing.assert_close(loss.log_phi(error), direct)
    torch.testing.assert_close(
        loss.double().flow_model.float().log_prob(error.float()),
        direct.float(),
    )


def test_the_papers_density_is_the_product_of_its_factors():
    """P = Q(e) phi(e) / (sigma_x sigma_y), Q a unit Laplace in each axis."""
    loss = build(density='paper', sigma_floor=0.01)
    points, logits, target = inputs()
    sigma = 0.01 + 0.99 * logits.sigmoid()
    error = (points - target) / sigma
    q = Laplace(0.0, 1.0).log_prob(error).sum(-1)
    phi = flow_log_prob(loss.flow_model, error.flatten(0, 1)).view(N, K)
    log_p = q + phi - sigma.log().sum(-1)
    torch.testing.assert_close(
        loss(points, logits.sigmoid(), target, weights()), -log_p.mean()
    )


@pytest.mark.parametrize(
    'density, q',
    [
        ('mmpose', lambda d, s: (2 * s).log() + d / s),
        (
            'official',
            lambda d, s: (
                (s * math.sqrt(2 * math.pi)).log() + d / (math.sqrt(2) * s)
            ),
        ),
    ],
)
def test_the_codes_densities_by_their_own_terms(density, q):
    """Both give each axis log sigma - log phi, and -log Q with sigma."""
    loss = build(density=density, sigma_floor=0.01)
    points, logits, target = inputs()
    sigma = 0.01 + 0.99 * logits.sigmoid()
    distance = (points - target).abs()
    phi = loss.log_phi(((points - target) / sigma).flatten(0, 1))
    axes = sigma.log() - phi.view(N, K, 1) + q(distance, sigma)
    torch.testing.assert_close(
        loss(points, logits.sigmoid(), target, weights()),
        axes.sum(-1).mean(),
    )


def test_weights_are_factors_and_not_counts():
    """Weights of 1, 1/2 and 0 at joints that cost the same: 3/4 of it."""
    points = torch.full((1, 3, 2), 0.1)
    args = points, points * 3, points * 0
    loss = MODELS.build(dict(type='SafeRLELoss', loss_weight=2.0))
    once = loss(*args, torch.ones(1, 3))
    torch.testing.assert_close(
        loss(*args, torch.tensor([[1.0, 0.5, 0]])), once * 0.75
    )


@pytest.mark.parametrize('sigma', [0.0, 1.0])
def test_a_collapsed_sigma_is_finite_and_can_recover(sigma):
    """A sigmoid is exactly 0 or 1 at logits of -200 and 200."""
    loss = MODELS.build(dict(type='SafeRLELoss'))
    points = torch.rand(N, K, 2).requires_grad_()
    sigmas = torch.full((N, K, 2), sigma, requires_grad=True)
    value = loss(points, sigmas, torch.zeros(N, K, 2), torch.ones(N, K))
    assert value.isfinite()
    for grad in torch.autograd.grad(value, [points, sigmas]):
        assert grad.isfinite().all() and grad.all()


def test_nothing_visible_gives_each_parameter_a_gradient_of_zero():
    """And not none, which processes that train together would wait for."""
    loss = MODELS.build(dict(type='SafeRLELoss'))
    half = torch.full((N, K, 2), 0.5, requires_grad=True)
    value = loss(half, half, half, torch.zeros(N, K))
    assert value == 0
    value.backward()
    for tensor in (half, *loss.parameters()):
        assert tensor.grad is not None and not tensor.grad.any()


def test_autocast_changes_nothing():
    """The flow's linear layers would be in bfloat16 else, and the loss off
    by a hundredth."""
    loss = build().float()
    points, logits, target = (t.bfloat16() for t in inputs())
    args = points, logits.sigmoid(), target, torch.ones(N, K)
    with torch.autocast('cpu', torch.bfloat16):
        low = loss(*args)
    assert low.dtype == torch.float32
    exact = loss.double()(*(arg.double() for arg in args))
    assert low.item() == pytest.approx(exact.item(), rel=1e-5)


def test_logits_in_place_of_sigmas_are_refused():
    points, logits, target = inputs()
    with pytest.raises(ValueError, match='sigmas must be in .0, 1.*sigmoid'):
        build()(points, logits, target, weights())
