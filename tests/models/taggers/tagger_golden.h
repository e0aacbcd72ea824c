#pragma once
// A small tagger computed by PyTorch: tests/golden/values/taggers/NAME.safetensors has its weights ("param."), inputs, loss,
// gradients ("grad.") and decoded tags.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/io/safetensors.h"
#include "engine/nn/module.h"
#include "tests/support/golden.h"

namespace tagloom::test {

// `tolerance` is relative to 1 + |expected|.
inline void expect_near(const std::vector<float>& got, const std::vector<float>& expected, double tolerance,
                        const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(got[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << what << " at " << i;
  }
}

class TaggerGolden {
 public:
  explicit TaggerGolden(const std::string& name) : file_(Safetensors::open(golden_file("taggers/" + name + ".safetensors"))) {}

  std::vector<float> floats(const std::string& name) const { return file_.to_floats(file_.require(name)); }
  std::vector<int32_t> integers(const std::string& name) const {
    const SafetensorsEntry& entry = file_.require(name);
    std::vector<int32_t> values(entry.bytes.size() / 4);
    std::memcpy(values.data(), entry.bytes.data(), values.size() * 4);
    return values;
  }
  Tensor tensor(const std::string& name, int64_t rows) const {
    const std::vector<float> values = floats(name);
    return Tensor::from(values, {rows, static_cast<int64_t>(values.size()) / rows});
  }

  void load(const Module& module) const {
    for (const NamedParameter& p : module.named_parameters()) {
      const std::vector<float> values = floats("param." + p.name);
      p.parameter->value.write(values.data(), values.size());
    }
    for (const NamedBuffer& b : module.named_buffers()) {
      const std::vector<float> values = floats("param." + b.name);
      b.tensor->write(values.data(), values.size());
    }
  }
  void expect_gradients(const Module& module, double tolerance) const {
    for (const NamedParameter& p : module.named_parameters()) {
      expect_near(p.parameter->grad.to_vector(), floats("grad." + p.name), tolerance, "gradient of " + p.name);
    }
  }

 private:
  Safetensors file_;
};

}  // namespace tagloom::test
