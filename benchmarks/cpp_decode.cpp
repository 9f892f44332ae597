// cpp_decode FILE ROUNDS: the median time in us of decoding MoveNet's maps.
// FILE: four tensors, each three int32 (c, h, w), then c * h * w float32.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "lightkpt_decode.hpp"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  std::FILE *file = std::fopen(argv[1], "rb");
  if (!file) return 2;
  std::vector<std::vector<float>> data(4);
  std::vector<lightkpt::Tensor> maps;
  for (auto &values : data) {
    int size[3];
    if (std::fread(size, sizeof(int), 3, file) != 3) return 2;
    const std::size_t step = static_cast<std::size_t>(size[1]) * size[2];
    values.resize(size[0] * step);
    if (std::fread(values.data(), 4, values.size(), file) != values.size())
      return 2;
    maps.push_back({values.data(), size[0], size[1], size[2], step});
  }
  std::fclose(file);
  std::vector<lightkpt::Keypoint> pose;
  std::vector<double> times;
  const int rounds = std::atoi(argv[2]), warmup = rounds / 10;
  for (int i = 0; i < warmup + rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::string error = lightkpt::decode(
        lightkpt::MoveNet(), maps[0], maps[1], maps[2], maps[3], &pose);
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - start;
    if (!error.empty()) return 1;
    if (i >= warmup) times.push_back(spent.count());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  std::printf("%.3f\n", times[rounds / 2]);
}
