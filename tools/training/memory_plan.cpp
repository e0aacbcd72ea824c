// Measures two training steps and extrapolates their memory to the batch size.
#include "tools/training/memory_plan.h"

#include <algorithm>
#include <new>

#include "engine/core/arena.h"
#include "engine/core/memory.h"
#include "kernels/base/memory.h"
#include "kernels/base/recording.h"
#include "models/build.h"

namespace tagloom {
namespace {

constexpr int64_t kMeasuredBytes = int64_t{64} << 20;  // approximate memory of the larger of the two steps
constexpr int64_t kFewest = 2;                         // pictures of the smaller step; batch norm needs two
constexpr int64_t kMost = 32;                          // maximum pictures of the larger step
constexpr int64_t kReaderBatches = 6;                  // its ring of four, the current batch and the next one

// Features per picture. A feature map's size depends on the size of the pictures, so one picture is computed.
int64_t feature_width(const Settings& settings, CnnTagger& model, Device device) {
  if (settings.backbone.layer != BackboneLayer::kConv5Map) return model.cnn().feature_count();
  Batch batch;
  batch.images = Tensor::zeros({1, settings.data.transform.size, settings.data.transform.size, 3}, DType::kByte, device);
  Tape tape(Tape::kForwardOnly);
  return model.features(tape, batch).size(1);
}

// A batch of zero pictures, or of cached features of that width if `features` is above 0, with the largest number of tags of any
// training picture.
Batch generated_batch(const TrainingData& data, const Settings& settings, CnnTagger& model, int64_t features, int64_t pictures,
                      Device device) {
  const int64_t tags = model.tag_count(), side = settings.data.transform.size;
  Batch batch;
  if (features > 0) {
    batch.features = Tensor::zeros({pictures, features}, DType::kReal, device);
  } else {
    batch.images = Tensor::zeros({pictures, side, side, 3}, DType::kByte, device);
  }
  std::vector<int32_t> most_tags(static_cast<size_t>(std::clamp<int64_t>(data.train.most_tags(), 1, tags)));
  for (size_t i = 0; i < most_tags.size(); ++i) most_tags[i] = static_cast<int32_t>(i);
  std::vector<uint8_t> labels(static_cast<size_t>(pictures * tags));
  for (int64_t i = 0; i < pictures; ++i) {
    batch.index.push_back(i);
    batch.tags.push_back(most_tags);
    std::fill_n(labels.begin() + i * tags, most_tags.size(), uint8_t{1});
  }
  batch.labels = Tensor::from(labels, {pictures, tags}, device);
  return batch;
}

// Excludes the arenas; bytes_of_step() adds the part that a step uses.
int64_t bytes_in_use(Device device) { return tensor_bytes(device) - arena_bytes(device) + kernels::scratch_bytes(); }

// Bytes in use at the end of a step's backward pass, before anything is freed.
int64_t bytes_of_step(const Settings& settings, CnnTagger& model, const Batch& batch, Device device) {
  model.begin_step(std::max<int64_t>(0, settings.backbone.finetune_after));  // includes the backbone if it is ever trained
  Tape tape(Tape::kRecord, static_cast<uint64_t>(settings.train.seed), 0);
  const Var loss = model.loss(tape, batch);
  tape.backward(loss);
  loss.value().item();  // waits for the device
  int64_t bytes = bytes_in_use(device) + static_cast<int64_t>(tape.arena_bytes());
  if (kernels::can_record(device.queue())) {  // a recorded step keeps its memory during evaluation
    Tape evaluation(Tape::kForwardOnly);
    model.loss(evaluation, batch).value().item();
    bytes += static_cast<int64_t>(evaluation.arena_bytes());
  }
  return bytes;
}

[[noreturn]] void fail_for_pictures(const Settings& settings, int64_t pictures, Device device) {
  fail(ErrorKind::kDevice,
       "a batch of {} pictures of {} x {} pixels does not fit into the memory of the {}: lower data.size, or choose a smaller "
       "backbone",
       pictures, settings.data.transform.size, settings.data.transform.size, device.is_cuda() ? "GPU" : "CPU");
}

// Fills in the parts of the plan that need an optimizer and steps. `kept` is the width of cached features, or 0 to read pictures.
void measure_steps(const Settings& settings, const TrainingData& data, CnnTagger& model, int64_t kept, Device device,
                   MemoryPlan& plan) {
  int64_t pictures = kFewest;
  try {
    const int64_t before = bytes_in_use(device);
    const std::unique_ptr<Optimizer> optimizer = build_optimizer(settings, model);
    const std::unique_ptr<WeightAverage> average = build_average(settings, model, 1);
    plan.optimizer = bytes_in_use(device) - before;
    if (!device.is_cuda()) {
      plan.checkpoint = plan.weights;
      for (const OptimizerState& state : optimizer->state()) plan.checkpoint += static_cast<int64_t>(state.tensor.bytes());
      if (average) plan.checkpoint += plan.weights;
    }
    const auto step = [&] {
      const Batch batch = generated_batch(data, settings, model, kept, pictures, device);
      const Batch ahead = device.is_cuda() ? generated_batch(data, settings, model, kept, pictures, device) : Batch();
      return bytes_of_step(settings, model, batch, device) - before - plan.optimizer;
    };
    const int64_t few = step();
    const int64_t most = std::clamp<int64_t>(plan.batch_size, kFewest + 1, kMost);
    pictures = std::clamp<int64_t>(kFewest * kMeasuredBytes / std::max<int64_t>(1, few), kFewest + 1, most);
    plan.measured_with = pictures;
    plan.per_picture = (step() - few) / (pictures - kFewest);
    plan.fixed = std::max<int64_t>(0, few - kFewest * plan.per_picture);
    if (kept == 0 && !device.is_cuda())
      plan.per_picture += kReaderBatches * 3 * settings.data.transform.size * settings.data.transform.size;
  } catch (const OutOfMemory&) {
    fail_for_pictures(settings, pictures, device);
  } catch (const std::bad_alloc&) {
    fail_for_pictures(settings, pictures, device);
  }
}

[[noreturn]] void fail_for(const MemoryPlan& plan, Device device) {
  TL_CHECK_AS(ErrorKind::kDevice, plan.per_picture > 0,  // a fitted model has no batches
              "the features of all pictures and the memory to fit a model to them do not fit into the memory of the {}: "
              "they need {} and {} are free",
              device.is_cuda() ? "GPU" : "CPU", bytes_text(plan.needed()), bytes_text(*plan.free));
  const int64_t largest = plan.largest_batch();
  const std::string lower =
      largest > 0 ? format("train.batch_size to {} or less", largest) : "data.size or choose a smaller model";
  fail(ErrorKind::kDevice,
       "a batch of {} pictures does not fit into the memory of the {}: it needs {} ({} per picture) and {} are free; lower {}{}",
       plan.batch_size, device.is_cuda() ? "GPU" : "CPU", bytes_text(plan.needed()), bytes_text(plan.per_picture),
       bytes_text(*plan.free), lower, largest > 0 ? ", or data.size" : "");
}

}  // namespace

int64_t MemoryPlan::largest_batch() const {
  return std::max<int64_t>(0, (*free - optimizer - features - checkpoint - fixed) / std::max<int64_t>(1, per_picture));
}

MemoryPlan measure_memory(const Settings& settings, const TrainingData& data, CnnTagger& model, Device device) {
  MemoryPlan plan;
  plan.batch_size = std::min(settings.train.batch_size, data.train.size());
  plan.free = free_bytes(device);
  const bool kept = features_are_fixed(settings, true), kept_validation = features_are_fixed(settings, false);
  const int64_t pictures = (kept ? data.train.size() : 0) + (kept_validation ? data.validation.size() : 0);
  const int64_t width = pictures > 0 ? feature_width(settings, model, device) : 0;
  plan.features = pictures * width * static_cast<int64_t>(sizeof(Real));
  for (const NamedParameter& p : model.named_parameters()) plan.weights += static_cast<int64_t>(p.parameter->value.bytes());
  for (const NamedBuffer& b : model.named_buffers()) plan.weights += static_cast<int64_t>(b.tensor->bytes());

  if (settings.model.is_fitted()) {  // no steps: one copy of the features in the model, and one during the fit
    plan.optimizer = 0;
    plan.fixed = 2 * plan.features;
    return plan;
  }

  std::vector<std::pair<Tensor, Tensor>> statistics;  // a step changes batch norm's running statistics
  for (const NamedBuffer& b : model.named_buffers()) statistics.emplace_back(*b.tensor, b.tensor->clone());
  measure_steps(settings, data, model, kept ? width : 0, device, plan);
  for (const auto& [tensor, values] : statistics) tensor.copy_from(values);
  model.begin_step(0);
  return plan;
}

void check_memory(const MemoryPlan& plan, Device device) {
  if (!plan.fits()) fail_for(plan, device);
}

std::string memory_text(const MemoryPlan& plan) {
  if (plan.measured_with == 0) {
    std::string text = format("{} of weights, {} of cached features, {} to fit", bytes_text(plan.weights),
                              bytes_text(plan.features), bytes_text(plan.fixed));
    if (plan.free) text += format("; {} are free", bytes_text(*plan.free));
    return text;
  }
  std::string text = format("{} of weights, {} of gradients and optimizer", bytes_text(plan.weights), bytes_text(plan.optimizer));
  if (plan.features > 0) text += format(", {} of cached features", bytes_text(plan.features));
  text += format("\n{} per picture of a batch (measured by steps of {} and {} pictures)", bytes_text(plan.per_picture), kFewest,
                 plan.measured_with);
  text += format("\na batch of {} needs {}", plan.batch_size, bytes_text(plan.needed()));
  if (plan.free) text += format(", {} are free: at most {} pictures per batch", bytes_text(*plan.free), plan.largest_batch());
  return text;
}

}  // namespace tagloom
