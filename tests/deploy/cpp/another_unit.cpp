// A program may include the header in more than one of its files.

#include "lightkpt_decode.hpp"

std::size_t other_unit();

std::size_t other_unit() { return sizeof(lightkpt::Keypoint); }
