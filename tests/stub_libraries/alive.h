#pragma once
// What NVIDIA's libraries do not forgive: being called once their own exit handlers have run.
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
