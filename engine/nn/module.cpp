// Walks the tree of modules.
#include "engine/nn/module.h"

namespace tagloom {
namespace {

std::string join(const std::string& prefix, const std::string& name) {
  return prefix.empty() || name.empty() ? prefix + name : prefix + "." + name;
}

}  // namespace

std::vector<NamedParameter> Module::named_parameters(const std::string& prefix) const {
  std::vector<NamedParameter> all;
  for (const auto& [name, parameter] : parameters_) all.push_back({join(prefix, name), parameter});
  for (const auto& [name, child] : children_) {
    for (NamedParameter& p : child->named_parameters(join(prefix, name))) all.push_back(std::move(p));
  }
  return all;
}

std::vector<NamedBuffer> Module::named_buffers(const std::string& prefix) const {
  std::vector<NamedBuffer> all;
  for (const auto& [name, tensor] : buffers_) all.push_back({join(prefix, name), tensor});
  for (const auto& [name, child] : children_) {
    for (NamedBuffer& b : child->named_buffers(join(prefix, name))) all.push_back(std::move(b));
  }
  return all;
}

std::vector<Parameter*> Module::parameters() const {
  std::vector<Parameter*> all;
  for (const NamedParameter& p : named_parameters()) all.push_back(p.parameter);
  return all;
}

int64_t Module::parameter_count() const {
  int64_t total = 0;
  for (const Parameter* p : parameters()) total += p->value.count();
  return total;
}

void Module::to(Device device) {
  for (Parameter* p : parameters()) {
    p->value = p->value.to(device);
    p->grad = p->grad.to(device);
    p->rounded = p->rounded.to(device);
  }
  for (const NamedBuffer& b : named_buffers()) *b.tensor = b.tensor->to(device);
  count_replacement();
}

int64_t Module::replacements() const {
  int64_t total = replacements_;
  for (const auto& [name, child] : children_) total += child->replacements();
  return total;
}

void Module::reset(RandomKey key) {
  count_replacement();
  for (size_t i = 0; i < children_.size(); ++i) children_[i].second->reset({key.seed, random_stream(key.stream, i + 1)});
}

void Module::set_trainable(bool trainable) {
  for (Parameter* p : parameters()) p->trainable = trainable;
}

}  // namespace tagloom
