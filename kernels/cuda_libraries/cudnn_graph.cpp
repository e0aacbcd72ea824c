// The parts of cuDNN's backend API that convolutions need.
#include "kernels/cuda_libraries/cudnn_graph.h"

#include <algorithm>

#include "kernels/base/memory.h"
#include "kernels/cuda_libraries/libraries.h"

namespace tagloom::kernels::cudnn {
namespace {

std::string last_message() {
  char text[512] = "";
  TL_CUDNN_SYMBOL(cudnnGetLastErrorString)(text, sizeof text);
  return text;
}

// Reads an attribute that is a list of values.
template <class T>
std::vector<T> values_of(const Descriptor& from, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                         int64_t most) {
  std::vector<T> values(most);
  int64_t count = 0;
  check(TL_CUDNN_SYMBOL(cudnnBackendGetAttribute)(from.get(), name, type, most, &count, values.data()), "reading an attribute");
  values.resize(count);
  return values;
}

Descriptor operation_graph(const Target& target, const std::vector<Descriptor>& operations) {
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  if (target.handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &target.handle);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  return graph.finalize("the operation graph");
}

// The engine configurations that a heuristic offers, best first.
std::vector<Descriptor> candidates(const Target& target, const Descriptor& graph, cudnnBackendHeurMode_t mode) {
  Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
  if (target.properties) heuristic.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, target.properties);
  // A graph that this heuristic does not support gives an empty list: another heuristic may support it.
  if (TL_CUDNN_SYMBOL(cudnnBackendFinalize)(heuristic.get()) != CUDNN_STATUS_SUCCESS) return {};
  int64_t count = 0;
  check(TL_CUDNN_SYMBOL(cudnnBackendGetAttribute)(heuristic.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                                  0, &count, nullptr),
        "counting the engines");
  std::vector<Descriptor> configurations;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int64_t i = 0; i < count; ++i) {
    configurations.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    raw.push_back(configurations.back().get());
  }
  check(TL_CUDNN_SYMBOL(cudnnBackendGetAttribute)(heuristic.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                                  count, &count, raw.data()),
        "reading the engines");
  configurations.resize(count);
  return configurations;
}

// Reads an attribute that is one or more descriptors.
std::vector<Descriptor> parts_of(const Descriptor& whole, cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t type,
                                 int64_t most) {
  std::vector<Descriptor> parts;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int64_t i = 0; i < most; ++i) {
    parts.emplace_back(type);
    raw.push_back(parts.back().get());
  }
  int64_t count = 0;
  check(TL_CUDNN_SYMBOL(cudnnBackendGetAttribute)(whole.get(), name, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, &count, raw.data()),
        "reading a part");
  parts.resize(count);
  return parts;
}

Offer offer_of(const Descriptor& configuration) {
  const Descriptor engine = parts_of(configuration, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1).at(0);
  Offer offer;
  offer.configuration = configuration;
  offer.recipe.engine = values_of<int64_t>(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1).at(0);
  for (const Descriptor& knob :
       parts_of(configuration, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_KNOB_TYPE_COUNTS)) {
    offer.recipe.knobs.emplace_back(
        values_of<cudnnBackendKnobType_t>(knob, CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1).at(0),
        values_of<int64_t>(knob, CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, 1).at(0));
  }
  for (const auto note : values_of<cudnnBackendNumericalNote_t>(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                                                CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT)) {
    switch (note) {
      case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
        offer.notes.deterministic = false;
        break;
      case CUDNN_NUMERICAL_NOTE_TENSOR_CORE:
        offer.notes.tensor_cores = true;
        break;
      case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
        offer.notes.reduced_sums = true;
        break;
      case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS:
        offer.notes.down_converts = true;
        break;
      case CUDNN_NUMERICAL_NOTE_FFT:
        offer.notes.fourier = true;
        break;
      case CUDNN_NUMERICAL_NOTE_WINOGRAD:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13:
        offer.notes.winograd = true;
        break;
      default:  // STRICT_NAN_PROP does not affect results
        break;
    }
  }
  for (const auto note : values_of<cudnnBackendBehaviorNote_t>(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                                                               CUDNN_BEHAVIOR_NOTE_TYPE_COUNT)) {
    if (note == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) offer.notes.runtime_compiled = true;
  }
  return offer;
}

// The engine configuration of a recipe. Throws if this cuDNN has no such engine.
Descriptor configuration_of(const PlanRecipe& recipe, const Target& target, const Descriptor& graph) {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  engine.set(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, recipe.engine);
  if (target.properties) engine.set(CUDNN_ATTR_ENGINE_DEVICEPROP, target.properties);
  engine.finalize("an engine");
  std::vector<Descriptor> knobs;
  for (const auto& [type, value] : recipe.knobs) {
    const auto knob_type = static_cast<cudnnBackendKnobType_t>(type);
    knobs.emplace_back(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
    knobs.back().set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &knob_type);
    knobs.back().set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, value).finalize("a knob");
  }
  Descriptor configuration(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  configuration.set(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  if (!knobs.empty()) configuration.set(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, knobs);
  return configuration.finalize("an engine's configuration");
}

// Creates the plan, or returns false and sets `reason`.
bool try_plan(const Target& target, const Offer& offer, const PlanRules& rules, Plan& plan, std::string& reason) {
  Descriptor execution(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  if (target.handle != nullptr) execution.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &target.handle);
  if (target.properties) execution.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, target.properties);
  execution.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, offer.configuration);
  if (TL_CUDNN_SYMBOL(cudnnBackendFinalize)(execution.get()) != CUDNN_STATUS_SUCCESS) {
    reason = last_message();
    return false;
  }
  const int64_t bytes = values_of<int64_t>(execution, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1).at(0);
  if (static_cast<size_t>(bytes) > rules.workspace_bytes) {
    reason = format("it needs {} KiB of workspace and {} KiB are available", bytes >> 10, rules.workspace_bytes >> 10);
    return false;
  }
  plan = {execution, static_cast<size_t>(bytes), offer.notes, offer.recipe};
  return true;
}

}  // namespace

void check(cudnnStatus_t status, const std::string& what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  fail(ErrorKind::kDevice, "[cudnn] {} failed: {} ({})", what, TL_CUDNN_SYMBOL(cudnnGetErrorString)(status), last_message());
}

cudnnHandle_t handle_of(Queue& q) {
  CudaContext& context = q.cuda();
  if (context.cudnn == nullptr) {
    cudnnHandle_t handle = nullptr;
    check(TL_CUDNN_SYMBOL(cudnnCreate)(&handle), "creating a handle");
    context.cudnn = handle;  // the context destroys it
    check(TL_CUDNN_SYMBOL(cudnnSetStream)(handle, context.stream), "setting the stream");
  }
  return static_cast<cudnnHandle_t>(context.cudnn);
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
  cudnnBackendDescriptor_t raw = nullptr;
  check(TL_CUDNN_SYMBOL(cudnnBackendCreateDescriptor)(type, &raw), "creating a descriptor");
  pointer_ = std::shared_ptr<void>(raw, [](void* p) { TL_CUDNN_SYMBOL(cudnnBackendDestroyDescriptor)(p); });
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                            const void* values) {
  check(TL_CUDNN_SYMBOL(cudnnBackendSetAttribute)(get(), name, type, count, values),
        format("setting attribute {}", static_cast<int>(name)));
  return *this;
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& other) {
  return set(name, std::vector<Descriptor>{other});
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const std::vector<Descriptor>& others) {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Descriptor& other : others) raw.push_back(other.get());
  return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(raw.size()), raw.data());
}

Descriptor& Descriptor::finalize(const char* what) {
  check(TL_CUDNN_SYMBOL(cudnnBackendFinalize)(get()), format("finalizing {}", what));
  return *this;
}

Descriptor tensor(int64_t id, cudnnDataType_t type, const int64_t (&nchw)[4], bool is_virtual) {
  const int64_t c = nchw[1], h = nchw[2], w = nchw[3];
  Descriptor tensor(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id);
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 16);
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, {nchw[0], c, h, w});
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, {h * w * c, 1, w * c, c});
  tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual);
  return tensor.finalize("a tensor");
}

Descriptor convolution(ConvolutionPass pass, const ConvolutionWindow& window, const Descriptor& x, const Descriptor& w,
                       const Descriptor& y, float beta) {
  const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  const std::vector<int64_t> padding{window.padding, window.padding};
  Descriptor geometry(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  geometry.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2);
  geometry.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &compute);
  geometry.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
  geometry.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding);
  geometry.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding);
  geometry.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, {window.stride, window.stride});
  geometry.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, {window.dilation, window.dilation});
  geometry.finalize("a convolution's geometry");

  const float alpha = 1.0f;
  struct Names {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t geometry, x, w, y, alpha, beta;
  };
  static constexpr Names kNames[] = {
      {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA},
      {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA},
      {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA}};
  const Names& names = kNames[static_cast<int>(pass)];
  Descriptor operation(names.type);
  operation.set(names.geometry, geometry).set(names.x, x).set(names.w, w).set(names.y, y);
  operation.set(names.alpha, CUDNN_TYPE_FLOAT, 1, &alpha).set(names.beta, CUDNN_TYPE_FLOAT, 1, &beta);
  return operation.finalize("a convolution");
}

Descriptor pointwise(cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor& b, const Descriptor& y) {
  const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  Descriptor function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  function.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
  function.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &compute);
  function.finalize("a pointwise function");
  Descriptor operation(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
  if (b) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
  return operation.finalize("a pointwise operation");
}

Descriptor statistics(const Descriptor& x, const Descriptor& sums, const Descriptor& squares) {
  const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  const cudnnGenStatsMode_t mode = CUDNN_GENSTATS_SUM_SQSUM;
  Descriptor operation(CUDNN_BACKEND_OPERATION_GEN_STATS_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_GENSTATS_MODE, CUDNN_TYPE_GENSTATS_MODE, 1, &mode);
  operation.set(CUDNN_ATTR_OPERATION_GENSTATS_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &compute);
  operation.set(CUDNN_ATTR_OPERATION_GENSTATS_XDESC, x);
  operation.set(CUDNN_ATTR_OPERATION_GENSTATS_SUMDESC, sums);
  operation.set(CUDNN_ATTR_OPERATION_GENSTATS_SQSUMDESC, squares);
  return operation.finalize("the statistics of a tensor");
}

Target target_of_json(const std::string& json) {
  Target target;
  target.properties = Descriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  target.properties.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, static_cast<int64_t>(json.size()),
                        json.data());
  target.properties.finalize("the device properties");
  return target;
}

std::vector<Offer> offers(const Problem& problem, const Target& target) {
  const Descriptor graph = operation_graph(target, problem.operations);
  std::vector<Offer> all;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (const Descriptor& configuration : candidates(target, graph, mode)) {
      Offer offer = offer_of(configuration);
      const bool is_new = std::none_of(all.begin(), all.end(), [&](const Offer& other) { return other.recipe == offer.recipe; });
      if (is_new) all.push_back(std::move(offer));
    }
  }
  return all;
}

std::vector<Plan> offered_plans(const Problem& problem, const Target& target, const TrialLimits& limits) {
  std::vector<Plan> plans;
  const auto try_one = [&](const Offer& offer, std::string& reason) {
    Plan plan;
    if (!try_plan(target, offer, problem.rules, plan, reason)) return false;
    plans.push_back(plan);
    return true;
  };
  const std::string reason = try_offers(offers(problem, target), problem.rules, limits, try_one);
  TL_CHECK_AS(ErrorKind::kDevice, !plans.empty(), "[cudnn] no engine for {}: {}", problem.name, reason);
  return plans;
}

Plan choose_plan(const Problem& problem, const Target& target) { return offered_plans(problem, target, {}).front(); }

Plan fastest_plan(const Problem& problem, const Target& target, PlanFile& file, CompileBudget& budget,
                  const std::function<double(const Plan&)>& seconds) {
  constexpr TrialLimits kLimits{.most = 8, .runtime_compiled = 2};
  constexpr double kWorthCompiling = 0.95;  // of a precompiled engine's time
  if (const auto known = file.find(problem.name)) {
    try {
      const Descriptor graph = operation_graph(target, problem.operations);
      const Offer offer = offer_of(configuration_of(*known, target, graph));
      Plan plan;
      std::string reason;
      if (allows(problem.rules, offer.notes) && try_plan(target, offer, problem.rules, plan, reason)) return plan;
    } catch (const Error&) {  // this cuDNN no longer has the engine: time again
    }
  }
  TrialLimits limits = kLimits;
  limits.budget = &budget;
  Plan best;
  double best_seconds = 0;
  std::string reason;
  for (const Plan& plan : offered_plans(problem, target, limits)) {
    double taken = 0;
    try {
      taken = seconds(plan);
    } catch (const OutOfMemory&) {
      throw;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kDevice) throw;
      reason = error.what();
      continue;
    }
    const bool must_be_worth_it = best.plan && plan.notes.runtime_compiled && !best.notes.runtime_compiled;
    if (best.plan && taken >= best_seconds * (must_be_worth_it ? kWorthCompiling : 1.0)) continue;
    best = plan;
    best_seconds = taken;
  }
  TL_CHECK_AS(ErrorKind::kDevice, bool(best.plan), "[cudnn] no engine runs {}: {}", problem.name, reason);
  best.recipe.seconds = best_seconds;
  file.put(problem.name, best.recipe);
  return best;
}

void execute(cudnnHandle_t handle, const Plan& plan, const std::vector<int64_t>& ids, const std::vector<void*>& pointers,
             void* workspace) {
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, static_cast<int64_t>(pointers.size()), pointers.data());
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace);
  pack.finalize("a variant pack");
  check(TL_CUDNN_SYMBOL(cudnnBackendExecute)(handle, plan.plan.get(), pack.get()), "running a plan");
}

}  // namespace tagloom::kernels::cudnn
