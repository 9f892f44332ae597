// What the page's example calls of ncnn, without ncnn: its network writes its
// input to the file `input` and reads its outputs from `out0`, `out1`, ...,
// each a c, h, w of int32 and the floats. Channels have padding between them.

#ifndef NCNN_STAND_IN_NET_H
#define NCNN_STAND_IN_NET_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace ncnn {

struct Mat {
  enum { PIXEL_RGB = 1 };

  std::vector<float> held;
  void *data;
  std::size_t elemsize;
  int elempack, dims, w, h, c;
  std::size_t cstep;

  Mat() : data(), elemsize(), elempack(), dims(), w(), h(), c(), cstep() {}

  static Mat from_pixels(const unsigned char *pixels, int type, int w,
                         int h) {
    Mat mat;
    mat.w = type == PIXEL_RGB ? w : 0;
    mat.h = h;
    const std::size_t count = static_cast<std::size_t>(w * h);
    for (std::size_t i = 0; i < 3 * count; ++i)
      mat.held.push_back(pixels[i % count * 3 + i / count]);
    return mat;
  }

  void substract_mean_normalize(const float *mean, const float *norm) {
    const std::size_t count = held.size() / 3;
    for (std::size_t i = 0; i < held.size(); ++i)
      held[i] = (held[i] - mean[i / count]) * norm[i / count];
  }
};

struct Extractor {
  int input(const char *name, const Mat &mat) {
    std::FILE *file = std::fopen("input", "wb");
    if (!file || name != std::string("in0")) return -1;
    std::fwrite(mat.held.data(), sizeof(float), mat.held.size(), file);
    return std::fclose(file);
  }

  int extract(const char *name, Mat &mat) {
    int shape[3];
    std::FILE *file = std::fopen(name, "rb");
    if (!file) return -1;
    if (std::fread(shape, sizeof(int), 3, file) != 3) return -1;
    mat.c = shape[0];
    mat.h = shape[1];
    mat.w = shape[2];
    mat.dims = 3;
    mat.elemsize = sizeof(float);
    mat.elempack = 1;
    const std::size_t plane = static_cast<std::size_t>(mat.h * mat.w);
    mat.cstep = (plane + 3) / 4 * 4;
    mat.held.assign(mat.cstep * static_cast<std::size_t>(mat.c), NAN);
    for (std::size_t i = 0; i < mat.held.size(); i += mat.cstep)
      if (std::fread(&mat.held[i], sizeof(float), plane, file) != plane)
        return -1;
    mat.data = mat.held.data();
    return std::fclose(file);
  }
};

struct Net {
  Extractor create_extractor() const { return Extractor(); }
};

// Takes the nearest pixel where ncnn interpolates.
inline void warpaffine_bilinear_c3(const unsigned char *src, int srcw,
                                   int srch, unsigned char *dst, int w, int h,
                                   const float *tm) {
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const float fx = static_cast<float>(x), fy = static_cast<float>(y);
      const long u = std::lround(tm[0] * fx + tm[1] * fy + tm[2]);
      const long v = std::lround(tm[3] * fx + tm[4] * fy + tm[5]);
      const bool inside = u >= 0 && u < srcw && v >= 0 && v < srch;
      for (int i = 0; i < 3; ++i)
        *dst++ = inside ? src[(v * srcw + u) * 3 + i] : 0;
    }
  }
}

}  // namespace ncnn

#endif
