#pragma once
// Modules: named parameters and buffers in a tree, with PyTorch's paths ("cnn.layer1.0.conv1.weight").
#include <string>
#include <utility>
#include <vector>

#include "engine/tape/parameter.h"
#include "kernels/base/philox.h"

namespace tagloom {

struct NamedParameter {
  std::string name;
  Parameter* parameter;
};
struct NamedBuffer {  // state that is saved but not trained: running statistics
  std::string name;
  Tensor* tensor;
};

class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  std::vector<NamedParameter> named_parameters(const std::string& prefix = "") const;
  std::vector<NamedBuffer> named_buffers(const std::string& prefix = "") const;
  std::vector<Parameter*> parameters() const;
  int64_t parameter_count() const;
  void to(Device device);
  void set_trainable(bool trainable);
  virtual void reset(RandomKey key);  // initial values; each child draws from its own stream

  // How often values of this module or its children were replaced from outside: drawn, loaded or moved. A copy of them is stale
  // once this number changes.
  int64_t replacements() const;
  void count_replacement() { ++replacements_; }

 protected:
  // Constructors call these for each member, in the order in which names are listed. An empty child name adds nothing to the
  // paths of the child's members.
  void add(std::string name, Parameter& parameter) { parameters_.emplace_back(std::move(name), &parameter); }
  void add(std::string name, Module& child) { children_.emplace_back(std::move(name), &child); }
  void add_buffer(std::string name, Tensor& tensor) { buffers_.emplace_back(std::move(name), &tensor); }

 private:
  std::vector<std::pair<std::string, Parameter*>> parameters_;
  std::vector<std::pair<std::string, Tensor*>> buffers_;
  std::vector<std::pair<std::string, Module*>> children_;
  int64_t replacements_ = 0;
};

}  // namespace tagloom
