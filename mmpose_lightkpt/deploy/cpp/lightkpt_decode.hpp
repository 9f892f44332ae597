// Keypoints from a network's raw outputs, as mmpose_lightkpt decodes them.
//
// One header, C++11, the standard library only: copy it into your project.
// It throws nothing, so it can be built without exceptions and RTTI. The
// formulas are those of mmpose_lightkpt/functional, where they are derived;
// the structs below have the names and defaults of "decoder" in spec.json.
//
// Pixel centres are integers, points are (x, y), the network's input is
// (w, h) pixels, keypoints come in input pixels and scores in [0, 1] (where
// the network's heatmaps are). Tensors are (channels, rows, columns).
//
// Every function returns an empty string, or one line that says what is
// wrong; then its result is empty. A value that is not finite is refused
// wherever it is read: padding, and cells that no answer depends on, are not.
//
// SPDX-License-Identifier: Apache-2.0

#ifndef LIGHTKPT_DECODE_HPP
#define LIGHTKPT_DECODE_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace lightkpt {

struct Keypoint {
  float x, y, score;
};

// A view of floats: cell (y, x) of channel i is data[i * step + y * w + x].
struct Tensor {
  const float *data;
  int c, h, w;
  std::size_t step;

  const float *channel(int i) const {
    return data + step * static_cast<std::size_t>(i);
  }
  float at(int i, int y, int x) const {
    return channel(i)[static_cast<std::size_t>(y) * static_cast<std::size_t>(w)
                      + static_cast<std::size_t>(x)];
  }
};

// A view of an ncnn::Mat, whose channels begin at multiples of cstep. The Mat
// must outlive it. What Extractor::extract() gives by default is float32
// without packing; anything else becomes a view of nothing, which is refused.
template <typename Mat> Tensor view(const Mat &mat) {
  const bool plain = mat.elemsize == sizeof(float) && mat.elempack == 1;
  const float *data = static_cast<const float *>(mat.data);
  return Tensor{plain && mat.dims <= 3 ? data : nullptr, mat.c, mat.h, mat.w,
                static_cast<std::size_t>(mat.cstep)};
}

// "type": "movenet"
struct MoveNet {
  double stride[2] = {4, 4};  // input pixels per cell, x and y
  double distance_offset = 1.8;  // in cells
};

// "type": "simcc"
struct SimCC {
  enum Decoding { smooth, argmax, soft };
  double split_ratio = 2;  // bins per pixel
  double sigma_bins[2] = {6, 6};  // x and y
  Decoding decoding = smooth;
};

// "type": "integral" and, with the output sigma, "integral_sigma"
struct Integral {
  enum Debias { none, paper, floor };
  enum Score { sigma, peak, product };
  int input_size[2] = {0, 0};  // w, h in pixels: to be given
  double temperature = 10;
  Debias debias = none;
  double max_floor_share = 0.9;
  double sigma_floor = 0;
  Score score = peak;
};

// "type": "regression"
struct Regression {
  int input_size[2] = {0, 0};  // w, h in pixels: to be given
  bool half_pixel = false;
  double sigma_floor = 0;
};

// The person's box cut out of an image: crop = scale * image + shift.
struct Crop {
  double scale, shift[2];
};

namespace detail {

inline std::uint32_t bits(float value) {
  std::uint32_t found;
  std::memcpy(&found, &value, sizeof found);
  return found;
}

// Reads bits, because -ffast-math takes std::isfinite for true.
inline bool finite(float value) {
  return (bits(value) & 0x7f800000u) != 0x7f800000u;
}

inline std::string not_finite(const char *name) {
  return std::string("lightkpt: ") + name + " holds NaN or infinity";
}

inline std::string shape(const Tensor &t) {
  return "(" + std::to_string(t.c) + ", " + std::to_string(t.h) + ", "
         + std::to_string(t.w) + ")";
}

// Is `t` a tensor of c channels of h x w?
inline std::string check(const char *name, const Tensor &t, int c, int h,
                         int w) {
  const Tensor wanted{t.data, c, h, w, 0};
  if (!t.data)
    return std::string("lightkpt: ") + name
           + " is empty, or not float32 with elempack 1";
  if (t.c == c && t.h == h && t.w == w && c > 0 && h > 0 && w > 0) return "";
  return std::string("lightkpt: ") + name + " must be " + shape(wanted)
         + ", got " + shape(t);
}

// K rows of n numbers: ncnn has them as one channel, others as K channels.
inline std::string as_rows(const char *name, const Tensor &t, Tensor *rows) {
  *rows = t;
  if (t.c == 1) {
    rows->c = t.h;
    rows->h = 1;
    rows->step = static_cast<std::size_t>(t.w);
  }
  return check(name, *rows, rows->c, 1, rows->w);
}

// Where the decision fell, and whether every value so far was finite.
struct Cell {
  int x, y;
  float score;
  bool finite;
};

const int kBlock = 16;

// Is every value of a block in [0, limit]? Bits of positive floats are ordered
// as the floats are, infinity and NaN above them; without floats and branches
// compilers do several cells at a time.
inline bool all_below(const float *block, float limit) {
  if (limit < 0) return false;
  const std::uint32_t most = std::min(bits(limit), 0x7f7fffffu);
  std::uint32_t sign = 0;
  for (int i = 0; i < kBlock; ++i)
    sign |= bits(block[i]) | (most - bits(block[i]));
  return sign >> 31 == 0;
}

// A cell of this value or less cannot win: `best` is the highest score so far,
// `bound` one that some cell has. A millionth less, so that rounding drops no
// cell that would win; the smallest floats round more.
inline float hopeless(float best, float bound, float least_divisor) {
  if (bound > 1e-30f) return bound * (least_divisor * (1 - 1e-6f));
  return best < 0 ? std::numeric_limits<float>::lowest() : 0;
}

inline int nearest(float x, int n) {
  const float last = static_cast<float>(n - 1);
  return static_cast<int>(std::min(std::max(x + 0.5f, 0.0f), last));
}

// The cell of the highest score(value, x, y), the first of equals. A score is
// at most value / (distance to the point px, py + reach): this leaves out most
// cells once the one at the point has told what the best reaches at least.
template <typename Score>
Cell strongest(const float *values, int h, int w, float px, float py,
               float reach, const Score &score) {
  Cell best = {0, 0, std::numeric_limits<float>::lowest(), true};
  float bound = best.score;
  const int x0 = nearest(px, w), y0 = nearest(py, h);
  const float there = values[static_cast<std::ptrdiff_t>(y0) * w + x0];
  if (finite(there)) bound = score(there, x0, y0);
  for (int y = 0; y < h; ++y, values += w) {
    const float least = std::fabs(static_cast<float>(y) - py) + reach;
    float limit = hopeless(best.score, bound, least);
    for (int from = 0; from < w; from += kBlock) {
      const int to = std::min(from + kBlock, w);
      if (to - from == kBlock && all_below(values + from, limit)) continue;
      for (int x = from; x < to; ++x) {
        if (!finite(values[x])) {
          best.finite = false;
          return best;
        }
        if (values[x] <= limit) continue;
        const float s = score(values[x], x, y);
        if (s <= best.score) continue;
        best = Cell{x, y, s, true};
        bound = std::max(bound, s);
        limit = hopeless(best.score, bound, least);
      }
    }
  }
  return best;
}

// The cell of the person's centre: near the middle, which is at w/2, h/2.
inline Cell find_person(const Tensor &center, double offset) {
  const double mx = center.w / 2.0, my = center.h / 2.0;
  return strongest(
      center.data, center.h, center.w, static_cast<float>(mx),
      static_cast<float>(my), static_cast<float>(offset),
      [=](float value, int x, int y) {
        const double dx = x - mx, dy = y - my;
        const double distance = std::sqrt(dx * dx + dy * dy);
        return value * static_cast<float>(1 / (distance + offset));
      });
}

inline void squares(float from, std::vector<float> *out) {
  for (std::size_t i = 0; i < out->size(); ++i) {
    const float d = static_cast<float>(i) - from;
    (*out)[i] = d * d;
  }
}

// In (floor, 1), the spread that a logit stands for.
inline double spread(double logit, double floor) {
  return floor + (1 - floor) * (0.5 + 0.5 * std::tanh(0.5 * logit));
}

// 1 minus the mean of both spreads.
inline double sureness(const float *logits, double floor) {
  const double x = logits[0], y = logits[1];
  return 1 - 0.5 * (spread(x, floor) + spread(y, floor));
}

inline float unit(double value) {
  return static_cast<float>(std::min(std::max(value, 0.0), 1.0));
}

inline std::vector<double> zeros(int n) {
  return std::vector<double>(static_cast<std::size_t>(n), 0.0);
}

// Where a row of probabilities, of any scale, is highest when smoothed by a
// label, within a sigma of the bins that hold most: the vertex of a parabola
// through three logarithms. Of equally full bins the first counts.
inline double top_of(const std::vector<double> &row, double sigma) {
  const double *p = row.data();
  const int n = static_cast<int>(row.size());
  const int reach = static_cast<int>(std::max(sigma + 0.5, 1.0));
  std::vector<double> windows = zeros(n), near = zeros(2 * reach + 1);
  double *held = windows.data(), *q = near.data();
  double sum = 0, most = 0;
  for (int i = -reach; i < n; ++i) {
    if (i + reach < n) sum += p[i + reach];
    if (i - reach > 0) sum -= p[i - reach - 1];
    if (i >= 0) held[i] = sum;
    most = std::max(most, sum);
  }
  int best = 0;
  while (held[best] < (1 - 1e-9) * most) ++best;
  const int first = std::max(best - 6 * reach, 0);
  const int last = std::min(best + 6 * reach, n - 1);
  int top = 0;
  for (int i = 0; i <= 2 * reach; ++i) {
    for (int j = first; j <= last; ++j) {
      const double d = (j - (best - reach + i)) / sigma;
      q[i] += p[j] * std::exp(-0.5 * d * d);
    }
    if (q[i] > q[top]) top = i;
  }
  const int middle = std::min(std::max(top, 1), 2 * reach - 1);
  double log[3];
  for (int d = 0; d < 3; ++d)
    log[d] = std::log(std::max(q[middle - 1 + d], 1e-12 * q[top]));
  const double bend = log[0] + log[2] - 2 * log[1];
  double vertex = 0;
  if (bend < 0)
    vertex = std::min(std::max((log[0] - log[2]) / (2 * bend), -1.0), 1.0);
  return best - reach + middle + vertex;
}

inline double mean_of(const std::vector<double> &p) {
  double total = 0, mean = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    total += p[i];
    mean += p[i] * static_cast<double>(i);
  }
  return mean / total;
}

// What is found for labels, which are cut off at the borders.
struct LabelAnswers {
  int n;
  double sigma;
  bool smooth;

  double at(double centre) const {
    const double nearest = std::min(std::max(std::floor(centre + 0.5), 0.0),
                                    n - 1.0);
    const double least = (nearest - centre) * (nearest - centre);
    std::vector<double> p = zeros(n);
    for (int i = 0; i < n; ++i) {
      const double away = (i - centre) * (i - centre) - least;
      p.data()[i] = std::exp(-0.5 * away / (sigma * sigma));
    }
    return smooth ? top_of(p, sigma) : mean_of(p);
  }

  // The label for which this is found, by the table between whose entries
  // the numpy form interpolates; only those that the search meets are
  // computed, and none far from the borders.
  double centre_of(double found, double low, double high) const {
    if (smooth && sigma < 1)  // three bins do not tell so much
      return std::min(std::max(found, low), high);
    if (sigma >= 2 && found > 8 * sigma && found < n - 1 - 8 * sigma)
      return found;
    const double reach = std::min(6 * sigma, (high - low) / 2);
    const double left = at(low + reach), right = at(high - reach);
    if (found > left && found < right)
      return low + reach + (found - left) / (right - left) *
                               (high - low - 2 * reach);
    return search(found, found <= left ? low : high - reach, reach);
  }

  double search(double found, double from, double reach) const {
    int first = 0;
    int last = static_cast<int>(std::ceil(reach * std::max(8.0, 32 / sigma)));
    const double step = reach / last;
    double below = at(from), above = at(from + reach);
    if (found <= below) return from;
    if (found >= above) return from + reach;
    while (last - first > 1) {
      const int i = first + (last - first) / 2;
      const double here = at(from + i * step);
      (here <= found ? first : last) = i;
      (here <= found ? below : above) = here;
    }
    return from + (first + (found - below) / (above - below)) * step;
  }
};

// A row of bins: where it points, in pixels, and how surely.
inline bool decode_bins(const float *z, int n, const SimCC &options,
                        double sigma, double *pixel, double *certainty) {
  int best = 0;
  for (int i = 0; i < n; ++i) {
    if (!finite(z[i])) return false;
    if (z[i] > z[best]) best = i;
  }
  std::vector<double> p = zeros(n);
  double total = 0;
  for (int i = 0; i < n; ++i) {
    const double here = z[i], top = z[best];
    total += p.data()[i] = std::exp(here - top);
  }
  const double r = options.split_ratio, low = -r / 2, high = n - r / 2;
  double bin = best;
  if (options.decoding != SimCC::argmax) {
    const bool smooth = options.decoding == SimCC::smooth;
    const double found = smooth ? top_of(p, sigma) : mean_of(p);
    bin = LabelAnswers{n, sigma, smooth}.centre_of(found, low, high);
  }
  // What is within 3 sigma; an edge within a bin takes a share of it.
  const double reach = std::max(3 * sigma, 0.5);
  double held = 0;
  for (int i = 0; i < n; ++i) {
    const double from = std::max(i - 0.5, bin - reach);
    const double to = std::min(i + 0.5, bin + reach);
    if (to > from) held += (to - from) * p.data()[i];
  }
  *pixel = bin / r;
  *certainty = std::min(held / total, 1.0);
  return true;
}

// The mean of one map as shares of its width and height, corrected for the
// floor that a softmax has everywhere, and the probability of its best cell.
inline bool decode_map(const float *values, int h, int w,
                       const Integral &options, double mean[2],
                       double *peak) {
  const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(h) * w;
  if (!std::all_of(values, values + count, finite)) return false;
  const bool rectify = options.debias == Integral::paper;
  const double lowest = rectify ? 0 : std::numeric_limits<double>::lowest();
  const double least = *std::min_element(values, values + count);
  const double top =
      std::max<double>(lowest, *std::max_element(values, values + count));
  double total = 0, sum_x = 0, sum_y = 0;
  for (int y = 0; y < h; ++y) {
    double row = 0;
    for (int x = 0; x < w; ++x) {
      const double z = std::max<double>(lowest, *values++);
      const double p = std::exp(options.temperature * (z - top));
      row += p;
      sum_x += p * (x + 0.5);
    }
    total += row;
    sum_y += row * (y + 0.5);
  }
  // Rectified maps have their floor at 0, whether or not a cell is there.
  const double bottom = rectify ? 0 : least;
  double share = 0;
  if (options.debias != Integral::none)
    share = static_cast<double>(h) * w / total
            * std::exp(options.temperature * (bottom - top));
  share = std::min(share, options.max_floor_share);
  mean[0] = (sum_x / total / w - 0.5 * share) / (1 - share);
  mean[1] = (sum_y / total / h - 0.5 * share) / (1 - share);
  *peak = 1 / total;
  return true;
}

inline std::string check_size(const int size[2]) {
  if (size[0] > 0 && size[1] > 0) return "";
  return "lightkpt: input_size must be two positive numbers of pixels, got ("
         + std::to_string(size[0]) + ", " + std::to_string(size[1]) + ")";
}

inline std::string check_maps(const Tensor &center, const Tensor &heatmap,
                              const Tensor &regression,
                              const Tensor &offset) {
  const int joints = heatmap.c, h = heatmap.h, w = heatmap.w;
  std::string error = check("heatmap", heatmap, joints, h, w);
  if (error.empty()) error = check("center", center, 1, h, w);
  if (error.empty())
    error = check("regression", regression, 2 * joints, h, w);
  if (error.empty()) error = check("offset", offset, 2 * joints, h, w);
  return error;
}

}  // namespace detail

// MoveNet: the person is the strongest centre near the middle, a joint the
// strongest cell near where the regression points, plus that cell's offset.
inline std::string decode(const MoveNet &options, const Tensor &center,
                          const Tensor &heatmap, const Tensor &regression,
                          const Tensor &offset,
                          std::vector<Keypoint> *keypoints) {
  keypoints->clear();
  const std::string error =
      detail::check_maps(center, heatmap, regression, offset);
  if (!error.empty()) return error;
  const float reach = static_cast<float>(options.distance_offset);
  if (!(reach > 0)) return "lightkpt: distance_offset must be positive";
  const float stride_x = static_cast<float>(options.stride[0]);
  const float stride_y = static_cast<float>(options.stride[1]);
  const int h = heatmap.h, w = heatmap.w;
  const detail::Cell person =
      detail::find_person(center, options.distance_offset);
  if (!person.finite) return detail::not_finite("center");

  std::vector<float> dx(static_cast<std::size_t>(w));
  std::vector<float> dy(static_cast<std::size_t>(h));
  std::vector<Keypoint> found;
  for (int k = 0; k < heatmap.c; ++k) {
    const float to_x = regression.at(2 * k, person.y, person.x);
    const float to_y = regression.at(2 * k + 1, person.y, person.x);
    if (!detail::finite(to_x) || !detail::finite(to_y))
      return detail::not_finite("regression");
    const float px = static_cast<float>(person.x) + to_x;
    const float py = static_cast<float>(person.y) + to_y;
    detail::squares(px, &dx);
    detail::squares(py, &dy);
    const float *dx2 = dx.data(), *dy2 = dy.data();
    const detail::Cell cell = detail::strongest(
        heatmap.channel(k), h, w, px, py, reach,
        [=](float value, int x, int y) {
          return value / (std::sqrt(dy2[y] + dx2[x]) + reach);
        });
    if (!cell.finite) return detail::not_finite("heatmap");
    const float off_x = offset.at(2 * k, cell.y, cell.x);
    const float off_y = offset.at(2 * k + 1, cell.y, cell.x);
    if (!detail::finite(off_x) || !detail::finite(off_y))
      return detail::not_finite("offset");
    found.push_back(
        Keypoint{(static_cast<float>(cell.x) + off_x) * stride_x,
                 (static_cast<float>(cell.y) + off_y) * stride_y,
                 heatmap.at(k, cell.y, cell.x)});
  }
  keypoints->swap(found);
  return "";
}

// SimCC: x_bins and y_bins hold a row of logits for each joint.
inline std::string decode(const SimCC &options, const Tensor &x_bins,
                          const Tensor &y_bins,
                          std::vector<Keypoint> *keypoints) {
  keypoints->clear();
  const double *sigma = options.sigma_bins;
  if (!(options.split_ratio > 0 && sigma[0] > 0 && sigma[1] > 0))
    return "lightkpt: split_ratio and sigma_bins must be positive";
  Tensor x, y;
  std::string error = detail::as_rows("x_bins", x_bins, &x);
  if (error.empty()) error = detail::as_rows("y_bins", y_bins, &y);
  if (error.empty()) error = detail::check("y_bins", y, x.c, 1, y.w);
  if (!error.empty()) return error;
  if (std::min(x.w, y.w) < 3) return "lightkpt: SimCC needs 3 bins or more";

  std::vector<Keypoint> found;
  for (int k = 0; k < x.c; ++k) {
    double px, py, sure_x, sure_y;
    if (!detail::decode_bins(x.channel(k), x.w, options, sigma[0], &px,
                             &sure_x))
      return detail::not_finite("x_bins");
    if (!detail::decode_bins(y.channel(k), y.w, options, sigma[1], &py,
                             &sure_y))
      return detail::not_finite("y_bins");
    found.push_back(Keypoint{static_cast<float>(px), static_cast<float>(py),
                             detail::unit(sure_x * sure_y)});
  }
  keypoints->swap(found);
  return "";
}

// Integral regression: a map of logits for each joint and, for the scores
// that need it, two logits of its spread; Tensor() stands for no sigma.
inline std::string decode(const Integral &options, const Tensor &heatmap,
                          const Tensor &sigma,
                          std::vector<Keypoint> *keypoints) {
  keypoints->clear();
  std::string error = detail::check_size(options.input_size);
  if (error.empty())
    error = detail::check("heatmap", heatmap, heatmap.c, heatmap.h, heatmap.w);
  const bool spreads = options.score != Integral::peak;
  Tensor rows = sigma;
  if (error.empty() && spreads) error = detail::as_rows("sigma", sigma, &rows);
  if (error.empty() && spreads)
    error = detail::check("sigma", rows, heatmap.c, 1, 2);
  if (!error.empty()) return error;
  const double most = options.max_floor_share;
  if (!(options.temperature > 0 && most > 0 && most < 1))
    return "lightkpt: temperature must be positive and max_floor_share "
           "between 0 and 1";

  std::vector<Keypoint> found;
  for (int k = 0; k < heatmap.c; ++k) {
    double mean[2], peak, score = 1;
    if (!detail::decode_map(heatmap.channel(k), heatmap.h, heatmap.w, options,
                            mean, &peak))
      return detail::not_finite("heatmap");
    if (spreads) {
      const float *logits = rows.channel(k);
      if (!detail::finite(logits[0]) || !detail::finite(logits[1]))
        return detail::not_finite("sigma");
      score = detail::sureness(logits, options.sigma_floor);
    }
    if (options.score != Integral::sigma) score *= peak;
    const double x = options.input_size[0] * mean[0] - 0.5;
    const double y = options.input_size[1] * mean[1] - 0.5;
    found.push_back(Keypoint{static_cast<float>(x), static_cast<float>(y),
                             detail::unit(score)});
  }
  keypoints->swap(found);
  return "";
}

// Regression: a row for each joint, the shares x, y of the input's size and,
// as RLE gives them, two logits of their spreads. Without these it scores 1.
inline std::string decode(const Regression &options,
                          const Tensor &coordinates,
                          std::vector<Keypoint> *keypoints) {
  keypoints->clear();
  Tensor rows;
  std::string error = detail::check_size(options.input_size);
  if (error.empty())
    error = detail::as_rows("coordinates", coordinates, &rows);
  if (error.empty() && rows.w != 2)
    error = detail::check("coordinates", rows, rows.c, 1, 4);
  if (!error.empty()) return error;

  const double half = options.half_pixel ? 0.5 : 0;
  std::vector<Keypoint> found;
  for (int k = 0; k < rows.c; ++k) {
    const float *row = rows.channel(k);
    if (!std::all_of(row, row + rows.w, detail::finite))
      return detail::not_finite("coordinates");
    const double x = options.input_size[0] * static_cast<double>(row[0]);
    const double y = options.input_size[1] * static_cast<double>(row[1]);
    const double score =
        rows.w == 4 ? detail::sureness(row + 2, options.sigma_floor) : 1;
    found.push_back(Keypoint{static_cast<float>(x - half),
                             static_cast<float>(y - half),
                             detail::unit(score)});
  }
  keypoints->swap(found);
  return "";
}

// Where to cut out the box x1, y1, x2, y2 (the whole image: 0, 0, w, h). It
// is enlarged by `padding` and gets the input's aspect ratio; both are in
// spec.json. Black is outside of the image.
inline std::string crop_of_box(const double box[4], const int input_size[2],
                               double padding, Crop *crop) {
  *crop = Crop{1, {0, 0}};
  const std::string error = detail::check_size(input_size);
  if (!error.empty()) return error;
  const double w = (box[2] - box[0]) * padding;
  const double h = (box[3] - box[1]) * padding;
  if (!detail::finite(static_cast<float>(w)) || w <= 0
      || !detail::finite(static_cast<float>(h)) || h <= 0)
    return "lightkpt: a box needs x1 < x2, y1 < y2 and a positive padding";
  const double size[2] = {static_cast<double>(input_size[0]),
                          static_cast<double>(input_size[1])};
  crop->scale = size[0] / std::max(w, h * size[0] / size[1]);
  for (int i = 0; i < 2; ++i)
    crop->shift[i] =
        0.5 * (size[i] - crop->scale * (box[i] + box[i + 2]));
  return "";
}

// The map (2 x 3) from crop to image, as ncnn::warpaffine_bilinear_c3 and
// cv::warpAffine with WARP_INVERSE_MAP take it.
inline void to_image_matrix(const Crop &crop, float matrix[6]) {
  const float scale = static_cast<float>(1 / crop.scale);
  const float x = static_cast<float>(-crop.shift[0] / crop.scale);
  const float y = static_cast<float>(-crop.shift[1] / crop.scale);
  const float values[6] = {scale, 0, x, 0, scale, y};
  std::copy(values, values + 6, matrix);
}

// Keypoints in input pixels to image pixels, in place.
inline void to_image(const Crop &crop, std::vector<Keypoint> *keypoints) {
  for (Keypoint &point : *keypoints) {
    const double x = point.x, y = point.y;
    point.x = static_cast<float>((x - crop.shift[0]) / crop.scale);
    point.y = static_cast<float>((y - crop.shift[1]) / crop.scale);
  }
}

}  // namespace lightkpt

#endif
