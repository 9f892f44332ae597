// find_pose W H X1 Y1 X2 Y2: runs the page's example on the file `image`.

#include <cstdio>
#include <cstdlib>

#include "page.hpp"

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  const int w = std::atoi(argv[1]), h = std::atoi(argv[2]);
  double box[4];
  for (int i = 0; i < 4; ++i) box[i] = std::atof(argv[3 + i]);
  std::vector<unsigned char> image(static_cast<std::size_t>(w * h) * 3);
  std::FILE *file = std::fopen("image", "rb");
  if (!file || std::fread(image.data(), 1, image.size(), file) != image.size())
    return 2;
  std::fclose(file);
  std::vector<lightkpt::Keypoint> pose;
  const std::string error =
      find_pose(ncnn::Net(), image.data(), w, h, box, &pose);
  if (!error.empty()) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  for (const lightkpt::Keypoint &point : pose)
    std::printf("%.9g %.9g %.9g\n", static_cast<double>(point.x),
                static_cast<double>(point.y),
                static_cast<double>(point.score));
  return 0;
}
