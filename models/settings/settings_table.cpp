// The table itself: one line a setting, in the order of the reference.
#include "models/settings/section_table.h"

namespace tagloom {
namespace {

void add_data(std::vector<Setting>& table) {
  using S = DataSettings;
  SectionTable<S> t(table, "data", [](Settings& s) -> S& { return s.data; });
  t.text("train", &S::train, "Training pictures and their tags: a manifest such as train.tsv.");
  t.text("validation", &S::validation, "Validation manifest; empty carves one out of the training pictures.");
  t.real("validation_fraction", &S::validation_fraction, below(0, 1),
         "Part of the training pictures carved out for validation, chosen by train.seed; 0 trains on all of them.");
  t.text("test", &S::test, "Manifest that tageval reads where no --data is given.");
  t.text("vocabulary", &S::vocabulary, "File with one tag a line; empty takes the tags of the training pictures.");
  t.integer("minimum_count", &S::minimum_count, at_least(1), "Tags with fewer training pictures than this are left out.");
  t.flag("drop_untagged", &S::drop_untagged, "Leave out training pictures that have no tag of the vocabulary.");
  t.choice("on_error", &S::on_error, {"stop", "skip"}, "What to do with a picture that cannot be read.");
  t.integer("size", &S::size, between(8, 4096), "Side of the square that the backbone sees, in pixels.");
  t.choice("resize", &S::resize, {"squash", "short_side"},
           "Squash the picture to the square, or scale its short side to data.short_side and crop.");
  t.integer("short_side", &S::short_side, between(8, 8192), "Short side after scaling, in pixels (resize = \"short_side\").");
  t.choice("interpolation", &S::interpolation, {"bilinear", "bicubic"},
           "How a picture is resized; either is PIL's, bit for bit.");
  t.choice("crop", &S::crop, {"center", "random"},
           "Where training crops (resize = \"short_side\"); evaluation takes the centre.");
  t.flag("flip", &S::flip, "Mirror every second training picture.");
  t.integer("workers", &S::workers, between(0, 1024), "Threads that read pictures; 0 takes one for each CPU.");
  t.choice("cache", &S::cache, {"auto", "off"},
           "Compute the features of a frozen backbone once and keep them, where no random crop or flip forbids it.");
  t.text("cache_dir", &S::cache_dir,
         "Folder for kept features; empty takes the one that TAGLOOM_CACHE names, else ~/.cache/tagloom.");
}

void add_backbone(std::vector<Setting>& table) {
  using S = BackboneSettings;
  SectionTable<S> t(table, "backbone", [](Settings& s) -> S& { return s.backbone; });
  t.text("name", &S::name, "The CNN; small is a four-stage CNN of our own for small pictures.",
         {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn",
          "vgg13_bn", "vgg16_bn", "vgg19_bn", "small"});
  t.text("weights", &S::weights, "Weights to start from, with torchvision's names; empty starts from random ones.");
  t.choice("layer", &S::layer, {"pool5", "fc7", "conv5", "logits", "conv5_map"},
           "The features: pool5 = what the last pooling gives, fc7 = VGG's second hidden layer, conv5 = mean of the last "
           "convolution over the picture, logits = the backbone's own classes, conv5_map = every place of the last convolution, "
           "for models that look at places.");
  t.choice("precision", &S::precision, {"fp32", "tf32", "bf16"}, "Arithmetic of the backbone (tf32 is fp32 on a CPU).");
  t.flag("freeze", &S::freeze, "Keep the backbone as it is.");
  t.integer("finetune_after", &S::finetune_after, at_least(-1),
            "Iteration from which a frozen backbone is trained as well, with optim.backbone; -1 never.");
  t.flag("mirrored", &S::mirrored, "Features are the mean of the picture's and its mirror image's (a frozen backbone).");
  t.choice("stride_in_1x1", &S::stride_in_1x1, {"auto", "true", "false"},
           "ResNet's stride on the first 1x1 convolution (the original) or on the 3x3; auto asks the weights file.");
  t.three_reals("mean", &S::mean, "Mean of red, green, blue on a scale of 0 to 1; empty asks the weights file, then ImageNet's.");
  t.three_reals("std", &S::std, "Standard deviation of red, green, blue, likewise.");
}

void add_optim(std::vector<Setting>& table) {
  using S = OptimSettings;
  SectionTable<S> t(table, "optim", [](Settings& s) -> S& { return s.optim; });
  t.choice("name", &S::name, {"sgd", "adam", "adamw", "rmsprop"}, "The optimizer.");
  t.real("learning_rate", &S::learning_rate, above(0), "Learning rate, before the schedule.");
  t.real("momentum", &S::momentum, below(0, 1), "Momentum (sgd, rmsprop).");
  t.flag("nesterov", &S::nesterov, "Nesterov's momentum (sgd).");
  t.real("beta1", &S::beta1, below(0, 1), "Decay of the first moment (adam, adamw).");
  t.real("beta2", &S::beta2, below(0, 1), "Decay of the second moment (adam, adamw).");
  t.real("decay", &S::decay, below(0, 1), "Decay of the mean square (rmsprop).");
  t.real("epsilon", &S::epsilon, above(0), "Added to the root (adam, adamw) or under it (rmsprop).");
  t.real("initial_mean_square", &S::initial_mean_square, between(0, 1),
         "The mean square at the start (rmsprop); TensorFlow's is 1.");
  t.real("weight_decay", &S::weight_decay, at_least(0), "Decoupled (adamw) or added to the gradient (the others).");
  t.real("clip_norm", &S::clip_norm, at_least(0), "Scale the gradient down to this norm; 0 leaves it.");
  t.real("clip_value", &S::clip_value, at_least(0), "Clamp every element of the gradient to plus or minus this; 0 leaves it.");
  t.choice("schedule", &S::schedule, {"constant", "step", "plateau", "cosine", "one_cycle", "cyclic"},
           "How the learning rate goes: down, or for one_cycle up and then down, or for cyclic up and down over and over.");
  t.integer("warmup_iterations", &S::warmup_iterations, at_least(0),
            "Iterations over which the learning rate first rises from 0.");
  t.integer("step_every", &S::step_every, at_least(1), "Epochs between two steps (schedule = \"step\").");
  t.real("step_factor", &S::step_factor, between(0, 1), "What a step multiplies the learning rate with.");
  t.integer("plateau_patience", &S::plateau_patience, at_least(0),
            "Evaluations without a better value before the rate goes down (schedule = \"plateau\").");
  t.real("plateau_factor", &S::plateau_factor, between(0, 1), "What it is then multiplied with.");
  t.real("cycle_up", &S::cycle_up, between(0, 1), "Part of all iterations in which the rate rises (schedule = \"one_cycle\").");
  t.real("cycle_divisor", &S::cycle_divisor, at_least(1), "one_cycle starts at the learning rate divided by this.");
  t.real("cycle_final_divisor", &S::cycle_final_divisor, at_least(1), "one_cycle ends at its first rate divided by this.");
  t.real("cycle_low", &S::cycle_low, between(0, 1), "cyclic rises from this part of the learning rate.");
  t.integer("cycle_up_iterations", &S::cycle_up_iterations, at_least(1), "Iterations in which cyclic rises.");
  t.integer("cycle_down_iterations", &S::cycle_down_iterations, at_least(1), "Iterations in which it then falls.");
  t.real("cycle_decay", &S::cycle_decay, between(0, 1), "What multiplies the height of each further cycle (cyclic).");
  t.real("minimum_factor", &S::minimum_factor, between(0, 1), "The schedule stops at this part of the learning rate.");
  t.choice(
      "average", &S::average, {"none", "ema", "swa"},
      "What is evaluated and kept as the best: the weights of the last step, their exponential moving average, or their mean "
      "over the end of the training (stochastic weight averaging).");
  t.real("average_decay", &S::average_decay, below(0, 1), "Decay of the moving average (average = \"ema\").");
  t.real("average_after", &S::average_after, below(0, 1), "Part of all iterations before the mean begins (average = \"swa\").");
  t.integer("average_every", &S::average_every, at_least(0),
            "Iterations between two weights that count in the mean (average = \"swa\"); 0 takes one an epoch.");

  using B = BackboneOptimSettings;
  SectionTable<B> b(table, "optim.backbone", [](Settings& s) -> B& { return s.optim.backbone; });
  b.real("learning_rate", &B::learning_rate, above(0), "Learning rate of the backbone while it is trained.");
  b.real("weight_decay", &B::weight_decay, at_least(0), "Its weight decay.");
  b.real("clip_value", &B::clip_value, at_least(0), "Its clamp, after the decay is added; 0 leaves the gradient.");
}

std::vector<std::string> metric_keys() {
  std::vector<std::string> keys = {"loss",         "p_label",    "r_label", "f1_label",        "f1_label_mean", "p_image",
                                   "r_image",      "f1_image",   "p_micro", "r_micro",         "f1_micro",      "n_plus",
                                   "map_label",    "map_image",  "top1",    "top1_first_step", "ndcg_mean",     "precision_mean",
                                   "step_overlap", "step_cosine"};
  for (const char* name : {"ndcg@", "precision@"}) {
    for (int k = 1; k <= 10; ++k) keys.push_back(name + std::to_string(k));
  }
  return keys;
}

void add_train(std::vector<Setting>& table) {
  using S = TrainSettings;
  SectionTable<S> t(table, "train", [](Settings& s) -> S& { return s.train; });
  t.integer("epochs", &S::epochs, at_least(1), "Times every training picture is seen.");
  t.integer("batch_size", &S::batch_size, between(1, 65536), "Pictures in a step.");
  t.integer("seed", &S::seed, at_least(0), "Makes the starting weights, the order of pictures, crops and dropout.");
  t.text("device", &S::device, "auto takes the first GPU and, without one, the CPU; or cpu, cuda, cuda:1 ...");
  t.flag("deterministic", &S::deterministic, "The same bits from the same seed on a GPU too (a CPU always does so).");
  t.text("best_by", &S::best_by, "What makes best.safetensors the best: loss, or a metric's key as tageval --json has it.",
         metric_keys());
  t.choice("best_mode", &S::best_mode, {"auto", "min", "max"},
           "Whether small or large is good; auto: small for loss, large for the others.");
  t.integer("evaluate_every", &S::evaluate_every, at_least(1), "Epochs between two evaluations on the validation pictures.");
  t.integer("patience", &S::patience, at_least(0), "Stop after so many epochs without a better evaluation; 0 never does.");
  t.integer("checkpoint_every", &S::checkpoint_every, at_least(0),
            "Iterations between two saves of last.safetensors; 0 saves after every epoch.");
  t.integer("threads", &S::threads, between(0, 4096), "Threads of the CPU's kernels; 0 takes all cores.");
}

void add_decode(std::vector<Setting>& table) {
  using S = DecodeSettings;
  SectionTable<S> t(table, "decode", [](Settings& s) -> S& { return s.decode; });
  t.choice(
      "method", &S::method, {"auto", "greedy", "expected_gain", "scores", "beam"},
      "How steps become a ranking: the best tag of each step; a tag's probability at each step times what the step is "
      "worth; a tag's best score over the steps; or the likeliest sequence that a beam search finds (ordered_rnn, order_free). "
      "auto: greedy "
      "for rank, ordered_rnn, jvsp and an order_free with an alignment, beam for order_free without, scores for the others.");
  t.integer("steps", &S::steps, between(0, 256), "Steps to run; 0 takes model.steps.");
  t.integer("beam_width", &S::beam_width, between(1, 1024), "beam: sequences of a picture that are kept at each step.");
  t.real("least_probability", &S::least_probability, between(0, 1),
         "A path ends where going on takes its probability below this (order_free with alignment = \"none\").");
  t.integer("exactly", &S::exactly, between(0, 256),
            "Name exactly so many tags, END forbidden before; 0 stops at END or after decode.steps (ordered_rnn, jvsp).");
  t.choice("sequence_score", &S::sequence_score, {"named_first", "most", "emission"},
           "jvsp: what a tag scores: its largest probability over the steps, and 1 more if it was named (a threshold of 1 gives "
           "out the named ones); that probability alone; or its probability where it was named, else 0 (a threshold of 0).");
  t.choice("gain", &S::gain, {"linear", "reciprocal"},
           "What step t = 0, 1 ... is worth: (gain_steps - t) / gain_steps, or 1 / (t + 1).");
  t.integer("gain_steps", &S::gain_steps, between(1, 256), "Steps that expected_gain counts.");
  t.flag("first_greedy", &S::first_greedy, "expected_gain: the first tag is the best one of the first step.");
  t.flag("repeat", &S::repeat, "greedy: a tag may win at more than one step.");
  t.choice("selection", &S::selection, {"top_k", "threshold", "top_k_and_threshold"}, "Which tags of the ranking are given out.");
  t.integer("top_k", &S::top_k, at_least(1), "How many, or at most how many (selection = \"top_k_and_threshold\").");
  t.real("threshold", &S::threshold, between(0, 1), "Those with a score above this (every selection but \"top_k\").");
  t.choice("thresholds", &S::thresholds, {"global", "per_label"},
           "One threshold, or for each tag the one whose F1 was greatest on the validation pictures.");
  t.choice("calibration", &S::calibration, {"none", "platt"},
           "Scores as they are, or as probabilities by a sigmoid for each tag, fitted on the validation pictures.");
}

void add_eval(std::vector<Setting>& table) {
  using S = EvalSettings;
  SectionTable<S> t(table, "eval", [](Settings& s) -> S& { return s.eval; });
  t.integer("batch_size", &S::batch_size, between(0, 65536), "Pictures at once; 0 takes train.batch_size.");
  t.choice("zero_division", &S::zero_division, {"0", "1", "skip"},
           "What 0/0 is in precision and recall: 0, 1, or left out of the mean.");
  t.choice("relevance", &S::relevance, {"linear", "binary", "reciprocal", "logarithmic", "integer"},
           "NDCG's relevance of the tag at place r of R: (R - r + 1) / R, 1, 1 / r, 1 / log2(1 + r), or R - r + 1.");
  t.choice("labels", &S::labels, {"occurring", "all"},
           "Tags that means over tags run over: those that occur in the evaluated pictures, or all.");
  t.choice("ap", &S::ap, {"non_interpolated", "voc07", "voc10"},
           "Average precision: over the true ones' ranks, VOC 2007's 11 points, or VOC 2010's envelope.");
  t.choice("ties", &S::ties, {"index", "grouped"},
           "Equal scores in average precision: in the order of their numbers, or all at once as one threshold.");
}

}  // namespace

const std::vector<Setting>& setting_table() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> made;
    add_data(made);
    add_backbone(made);
    add_model_sections(made);
    add_optim(made);
    add_train(made);
    add_decode(made);
    add_eval(made);
    return made;
  }();
  return table;
}

const Setting* find_setting(const std::string& key) {
  for (const Setting& setting : setting_table()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

}  // namespace tagloom
