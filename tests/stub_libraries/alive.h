#pragma once
// Aborts if a stub library is called after its exit handlers have run, which crashes NVIDIA's libraries.
#include <cstdio>
#include <cstdlib>

namespace tagloom::stub {

static bool dead = false;

struct Alive {
  ~Alive() { dead = true; }
  void check(const char* function) const {
    if (!dead) return;
    std::fprintf(stderr, "%s was called after the library's exit handlers\n", function);
    std::abort();
  }
};

}  // namespace tagloom::stub
