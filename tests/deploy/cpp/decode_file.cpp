// decode_file FILE TYPE [NAME VALUE ...]: decodes a file of tensors and prints
// a line "x y score" for each joint; what is wrong goes to stderr, exit code 1.
//
// FILE: per tensor four int32 (c, h, w, step), then c * step float32.

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "lightkpt_decode.hpp"

using Words = std::map<std::string, std::string>;

// What view() wants to see of an ncnn::Mat.
struct Mat {
  void *data;
  std::size_t elemsize;
  int elempack, dims, w, h, c;
  std::size_t cstep;
};

std::size_t other_unit();  // the header again, in another_unit.cpp

static int as_int(const Words &words, const char *name, int otherwise) {
  const auto found = words.find(name);
  return found == words.end() ? otherwise : std::atoi(found->second.c_str());
}

static void set(const Words &words, const char *name, double *value) {
  const auto found = words.find(name);
  if (found != words.end()) *value = std::atof(found->second.c_str());
}

static void set_both(const Words &words, const std::string &name,
                     double *value) {
  set(words, (name + "_x").c_str(), value);
  set(words, (name + "_y").c_str(), value + 1);
}

static int choice(const Words &words, const char *name,
                  const std::vector<std::string> &names) {
  const auto found = words.find(name);
  if (found == words.end()) return 0;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == found->second) return static_cast<int>(i);
  std::exit(2);
}

static std::deque<std::vector<float>> storage;

static std::vector<lightkpt::Tensor> read(const char *path,
                                          const Words &words) {
  std::vector<lightkpt::Tensor> tensors;
  std::FILE *file = std::fopen(path, "rb");
  if (!file) std::exit(2);
  int head[4];
  while (std::fread(head, sizeof(int), 4, file) == 4) {
    const std::size_t step = static_cast<std::size_t>(head[3]);
    std::vector<float> values(static_cast<std::size_t>(head[0]) * step);
    if (std::fread(values.data(), sizeof(float), values.size(), file)
        != values.size())
      std::exit(2);
    storage.push_back(values);
    const std::size_t elemsize =
        static_cast<std::size_t>(as_int(words, "elemsize", 4));
    const Mat mat = {storage.back().data(), elemsize,
                     as_int(words, "elempack", 1), 3, head[2], head[1],
                     head[0], step};
    tensors.push_back(lightkpt::view(mat));
  }
  std::fclose(file);
  tensors.resize(4, lightkpt::Tensor());
  return tensors;
}

static std::string run(const std::string &type, const Words &words,
                       const std::vector<lightkpt::Tensor> &t,
                       std::vector<lightkpt::Keypoint> *found) {
  if (type == "movenet") {
    lightkpt::MoveNet options;
    set_both(words, "stride", options.stride);
    set(words, "distance_offset", &options.distance_offset);
    return decode(options, t[0], t[1], t[2], t[3], found);
  }
  if (type == "simcc") {
    lightkpt::SimCC options;
    set(words, "split_ratio", &options.split_ratio);
    set_both(words, "sigma_bins", options.sigma_bins);
    options.decoding = static_cast<lightkpt::SimCC::Decoding>(
        choice(words, "decoding", {"smooth", "argmax", "soft"}));
    return decode(options, t[0], t[1], found);
  }
  if (type == "regression") {
    lightkpt::Regression options;
    options.input_size[0] = as_int(words, "input_size_x", 0);
    options.input_size[1] = as_int(words, "input_size_y", 0);
    options.half_pixel = choice(words, "half_pixel", {"False", "True"}) == 1;
    set(words, "sigma_floor", &options.sigma_floor);
    return decode(options, t[0], found);
  }
  lightkpt::Integral options;
  options.input_size[0] = as_int(words, "input_size_x", 0);
  options.input_size[1] = as_int(words, "input_size_y", 0);
  set(words, "temperature", &options.temperature);
  set(words, "max_floor_share", &options.max_floor_share);
  set(words, "sigma_floor", &options.sigma_floor);
  options.debias = static_cast<lightkpt::Integral::Debias>(
      choice(words, "debias", {"none", "paper", "floor"}));
  if (words.count("score"))
    options.score = static_cast<lightkpt::Integral::Score>(
        choice(words, "score", {"sigma", "peak", "product"}));
  return decode(options, t[0], t[1], found);
}

static std::string back_to_image(const Words &words,
                                 std::vector<lightkpt::Keypoint> *found) {
  if (!words.count("box_x1")) return "";
  double box[4] = {0, 0, 0, 0}, padding = 0;
  const char *names[4] = {"box_x1", "box_y1", "box_x2", "box_y2"};
  for (int i = 0; i < 4; ++i) set(words, names[i], box + i);
  set(words, "padding", &padding);
  const int size[2] = {as_int(words, "input_size_x", 0),
                       as_int(words, "input_size_y", 0)};
  lightkpt::Crop crop;
  const std::string error = crop_of_box(box, size, padding, &crop);
  if (error.empty()) to_image(crop, found);
  float matrix[6];
  to_image_matrix(crop, matrix);
  for (const double value : matrix) std::fprintf(stderr, "%.9g ", value);
  return error;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc % 2 == 0 || other_unit() == 0) return 2;
  Words words;
  for (int i = 3; i + 1 < argc; i += 2) words[argv[i]] = argv[i + 1];
  std::vector<lightkpt::Keypoint> found(1);
  std::string error = run(argv[2], words, read(argv[1], words), &found);
  if (error.empty()) error = back_to_image(words, &found);
  if (!error.empty()) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return found.empty() ? 1 : 2;
  }
  for (const lightkpt::Keypoint &point : found)
    std::printf("%.9g %.9g %.9g\n", static_cast<double>(point.x),
                static_cast<double>(point.y),
                static_cast<double>(point.score));
  return 0;
}
