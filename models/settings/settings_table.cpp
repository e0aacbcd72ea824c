// The table itself: one line a setting, in the order of the reference.
#include "models/settings/settings_table.h"

#include <limits>
#include <utility>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

SettingRange at_least(double minimum) { return {minimum, kNoLimit}; }
SettingRange above(double minimum) { return {minimum, kNoLimit, true}; }
SettingRange between(double minimum, double maximum) { return {minimum, maximum}; }
SettingRange below(double minimum, double maximum) { return {minimum, maximum, false, true}; }  // the minimum included

// Adds the settings of one section; `of` finds the section's struct inside Settings.
template <class Section>
class SectionTable {
 public:
  SectionTable(std::vector<Setting>& table, std::string name, Section& (*of)(Settings&))
      : table_(table), name_(std::move(name)), of_(of) {}

  void flag(const char* key, bool Section::*member, const char* about) { add<bool>(SettingType::kFlag, key, member, about); }

  void integer(const char* key, int64_t Section::*member, SettingRange range, const char* about) {
    add<int64_t>(SettingType::kInteger, key, member, about).range = range;
  }

  void real(const char* key, double Section::*member, SettingRange range, const char* about) {
    add<double>(SettingType::kReal, key, member, about).range = range;
  }

  void text(const char* key, std::string Section::*member, const char* about, std::vector<std::string> choices = {}) {
    add<std::string>(SettingType::kText, key, member, about).choices = std::move(choices);
  }

  void three_reals(const char* key, std::vector<double> Section::*member, const char* about) {
    add<std::vector<double>>(SettingType::kReals, key, member, about);
  }

  // One or more numbers.
  void numbers(const char* key, std::vector<double> Section::*member, SettingRange range, const char* about) {
    Setting& setting = add<std::vector<double>>(SettingType::kNumbers, key, member, about);
    setting.range = range;
  }

  template <class Enum>
  void choice(const char* key, Enum Section::*member, std::vector<std::string> names, const char* about) {
    Setting& setting = start(SettingType::kChoice, key, about);
    setting.choices = names;
    const auto of = of_;
    setting.get = [of, member, names](const Settings& s) {
      return SettingValue(names.at(static_cast<size_t>(of(const_cast<Settings&>(s)).*member)));
    };
    setting.put = [of, member, names](Settings& s, const SettingValue& value) {
      size_t i = 0;
      while (i + 1 < names.size() && names[i] != std::get<std::string>(value)) ++i;
      of(s).*member = static_cast<Enum>(i);
    };
  }

 private:
  Setting& start(SettingType type, const char* key, const char* about) {
    table_.push_back({name_ + "." + key, type, about, {}, {-kNoLimit, kNoLimit}, nullptr, nullptr});
    return table_.back();
  }

  template <class T>
  Setting& add(SettingType type, const char* key, T Section::*member, const char* about) {
    Setting& setting = start(type, key, about);
    const auto of = of_;
    setting.get = [of, member](const Settings& s) { return SettingValue(of(const_cast<Settings&>(s)).*member); };
    setting.put = [of, member](Settings& s, const SettingValue& value) { of(s).*member = std::get<T>(value); };
    return setting;
  }

  std::vector<Setting>& table_;
  std::string name_;
  Section& (*of_)(Settings&);
};

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
  t.choice("precision", &S::precision, {"fp32", "tf32", "bf16"},
           "Arithmetic of the backbone, and of the decoding loop on CUDA (tf32 is fp32 on a CPU).");
  t.flag("freeze", &S::freeze, "Keep the backbone as it is.");
  t.integer("finetune_after", &S::finetune_after, at_least(-1),
            "Iteration from which a frozen backbone is trained as well, with optim.backbone; -1 never.");
  t.choice("stride_in_1x1", &S::stride_in_1x1, {"auto", "true", "false"},
           "ResNet's stride on the first 1x1 convolution (the original) or on the 3x3; auto asks the weights file.");
  t.three_reals("mean", &S::mean, "Mean of red, green, blue on a scale of 0 to 1; empty asks the weights file, then ImageNet's.");
  t.three_reals("std", &S::std, "Standard deviation of red, green, blue, likewise.");
}

void add_model(std::vector<Setting>& table) {
  using S = ModelSettings;
  SectionTable<S> t(table, "model", [](Settings& s) -> S& { return s.model; });
  t.choice("kind", &S::kind,
           {"rank", "multi_order", "classifier", "ordered_rnn", "order_free", "jvsp", "linear_svm", "rank_svm", "knn", "jec",
            "tagprop", "two_pass_knn"},
           "rank = tags in order (Yan et al. 2016), multi_order = an LSTM free of order (Dutta et al. 2020), classifier = "
           "one output a tag, ordered_rnn = an LSTM trained on one order of tags (naive-RNN, RIA, SR-CNN-RNN, CNN-RNN), "
           "order_free = an LSTM with visual attention that finds an order itself (backbone.layer = conv5_map), "
           "jvsp = an LSTM whose last tag says which features the next step looks at (Ma et al. 2018). "
           "Fitted at once, without epochs: linear_svm = one machine a tag, rank_svm = machines that rank tags (Joachims), knn = "
           "neighbours that vote, jec = label transfer (Makadia et al. 2008), tagprop (Guillaumin et al. 2009), two_pass_knn = "
           "2PKNN (Verma and Jawahar 2012).");
  t.choice("preset", &S::preset, {"none", "paper", "code"},
           "multi_order: as the paper has it (mask previous, gate all, head linear) or as its released code does (mask "
           "cumulative, gate label_count, head tanh_two_layer); a key given by itself wins over the preset.");
  t.integer("hidden", &S::hidden, between(1, 65536), "LSTM cells.");
  t.integer("embedding", &S::embedding, between(1, 65536),
            "Length of a tag's embedding (multi_order, ordered_rnn, order_free), and of the two-layer head's middle.");
  t.integer("image_embedding", &S::image_embedding, between(1, 65536),
            "Length of the embedded picture (rank, ordered_rnn), or of each of its places (order_free), that the LSTM reads at "
            "every step.");
  t.integer("steps", &S::steps, between(1, 256), "LSTM steps in training (multi_order) and, but for rank, in decoding.");
  t.choice("mask", &S::mask, {"none", "previous", "cumulative"},
           "Tags that count as negatives at a step: none, the one emitted just before, or all emitted so far (multi_order).");
  t.choice("gate", &S::gate, {"all", "label_count"},
           "Steps that count in the loss: all, or as many as the picture has tags (multi_order); order_free: all is one more.");
  t.choice("state", &S::state, {"probabilities", "features", "zero"},
           "What the LSTM's first state is made from (multi_order, ordered_rnn).");
  t.choice(
      "order", &S::order, {"given", "frequent", "rare", "rare_reversed", "lexicographic", "dictionary", "random"},
      "In which order a picture's tags are trained: as the data has them, by training count (rare_reversed: as frequent, but "
      "equal counts backwards), by the bytes of the name, by place in the vocabulary, or a new one each time (ordered_rnn, "
      "jvsp).");
  t.choice("image_feed", &S::image_feed, {"none", "first", "every"},
           "When the LSTM reads the picture: never (but see model.state), before START, or at every step (ordered_rnn).");
  t.choice(
      "feedback", &S::feedback, {"none", "teacher", "own", "scheduled"},
      "Which tag it is told in training: none, the true one before, its own, or its own with a rising probability; in decoding, "
      "but for none, its own (ordered_rnn).");
  t.real("sampling", &S::sampling, between(0, 1), "feedback = \"scheduled\": the probability that its own tag rises to.");
  t.integer("sampling_iterations", &S::sampling_iterations, at_least(1), "Iterations over which that probability rises from 0.");
  t.flag("end", &S::end, "A class END is named after the last tag (ordered_rnn).");
  t.choice("output", &S::output, {"linear", "joint"},
           "From the LSTM to the tags: a layer of its own, or the products with the tags' embedding, where the picture joins the "
           "LSTM's output (ordered_rnn).");
  t.choice(
      "alignment", &S::alignment, {"none", "mla", "pla"},
      "What a step is asked for (order_free): none = all tags not named yet (Chen et al. 2018), mla = the tag that a least-loss "
      "assignment gives it, pla = the same, but tags that won keep their step (Yazici et al. 2020).");
  t.integer("attention", &S::attention, between(1, 65536), "Length of the keys of visual attention (order_free).");
  t.choice("head", &S::head, {"linear", "tanh_two_layer", "gap", "csra"},
           "From the LSTM to the tags (multi_order: linear, tanh_two_layer), or from the places of backbone.layer = "
           "\"conv5_map\" (classifier: gap = linear on their mean, csra = class-specific residual attention).");
  t.integer("csra_heads", &S::csra_heads, between(1, 8), "1, 2, 4, 6 or 8 temperatures of attention (head = \"csra\").");
  t.real("csra_lambda", &S::csra_lambda, at_least(0), "What attention counts beside the mean over places (head = \"csra\").");
  t.choice("feature_norm", &S::feature_norm, {"none", "batch_norm"},
           "Normalisation of the features or probabilities that enter the model.");
  t.real("feature_dropout", &S::feature_dropout, below(0, 1), "Dropout on the features.");
  t.real("dropout", &S::dropout, below(0, 1), "Dropout on the LSTM's output, before the tags.");
  t.real("forget_bias", &S::forget_bias, between(-100, 100), "Starting bias of the LSTM's forget gate.");
  t.flag("relu_image", &S::relu_image, "ReLU after the picture's embedding (rank).");
  t.choice("initializer", &S::initializer, {"torch", "xavier"},
           "Random starting weights: PyTorch's rules, or Glorot's with zero biases and embeddings in -1 to 1.");

  using J = JvspSettings;
  SectionTable<J> j(table, "model.jvsp", [](Settings& s) -> J& { return s.model.jvsp; });
  j.choice("image", &J::image, {"features", "linear"},
           "What the tags choose from: the features themselves, model.hidden of them, or as many linear functions of them.");
  j.real("visual_dropout", &J::visual_dropout, below(0, 1), "Dropout on what a step has looked at where it refines the tag.");
  j.flag("scale_softmax", &J::scale_softmax, "Multiply the softmax weights by their number, so that their mean is 1.");
  j.flag("lambda_gradient", &J::lambda_gradient, "Let the gradient flow through the probabilities that weigh earlier states.");
  j.flag("biases", &J::biases, "Biases in the gates and before the tags; the paper prints none.");
}

void add_fit(std::vector<Setting>& table) {
  using S = FitSettings;
  SectionTable<S> t(table, "fit", [](Settings& s) -> S& { return s.fit; });
  t.choice("normalise", &S::normalise, {"none", "l2", "hellinger"},
           "Features of a model that is fitted at once: as they are, at length 1, or their roots at length 1.");
  t.choice("projection", &S::projection, {"none", "whiten", "cca"},
           "Then: nothing, whitening by their covariance, or canonical correlation with the tags; both at length 1 again.");
  t.integer("dimensions", &S::dimensions, between(0, 65536), "Canonical directions to keep (cca); 0 keeps all.");
  t.real("ridge", &S::ridge, at_least(0), "Added to the covariances' diagonals, as a part of their mean (whiten, cca).");
  t.real("correlation_power", &S::correlation_power, between(0, 16),
         "A canonical direction is scaled by its correlation to this power (cca).");
  t.choice("tag_vectors", &S::tag_vectors, {"indicator", "ppmi"},
           "What stands for a tag in cca: a direction of its own, or eigenvectors of the tags' co-occurrence.");
  t.flag("refit", &S::refit,
         "Once values are chosen and measured on the validation pictures, fit on these too: the run's files hold that model.");
}

void add_neighbours(std::vector<Setting>& table) {
  using S = NeighbourSettings;
  SectionTable<S> t(table, "neighbours", [](Settings& s) -> S& { return s.neighbours; });
  t.numbers("k", &S::k, at_least(1), "Neighbours (knn, jec, tagprop); of several values the validation pictures choose one.");
  t.choice("vote", &S::vote, {"count", "exponential"}, "Neighbours count alike, or by exp(-distance / mean distance) (knn).");
  t.numbers("per_tag", &S::per_tag, at_least(1),
            "Nearest pictures of each tag that make the neighbourhood (two_pass_knn); likewise.");
  t.numbers("sharpness", &S::sharpness, above(0), "How fast a vote falls with the distance (two_pass_knn); likewise.");
  t.choice(
      "balance", &S::balance, {"none", "largest", "mean"},
      "What a tag's scores are divided by: nothing, its largest score for a training picture, or its mean score for those that "
      "carry it; without each picture's own tags (knn, two_pass_knn).");
  t.flag("sigmoid", &S::sigmoid, "A logistic function of its own for each tag lifts rare ones (tagprop).");
}

void add_linear(std::vector<Setting>& table) {
  using S = LinearSettings;
  SectionTable<S> t(table, "linear", [](Settings& s) -> S& { return s.linear; });
  t.numbers(
      "c", &S::c, above(0),
      "Weight of the loss against the regulariser (linear_svm, rank_svm); of several values the validation pictures choose one.");
  t.choice(
      "pairs", &S::pairs, {"all", "present_absent", "present_only"},
      "Pairs that rank_svm puts in order: earlier before later tags and all of them before absent ones, only the latter, or only "
      "the former.");
}

void add_loss(std::vector<Setting>& table) {
  using S = LossSettings;
  SectionTable<S> t(table, "loss", [](Settings& s) -> S& { return s.loss; });
  t.choice("reduction", &S::reduction, {"auto", "sum_labels_mean_batch", "mean_tokens", "sum"},
           "Sum over tags and steps, mean over pictures; mean over all true tags of the batch (rank, ordered_rnn); or plain sum. "
           "auto: "
           "mean_tokens for rank and ordered_rnn, sum_labels_mean_batch for the others.");
  t.choice("classifier", &S::classifier, {"bce", "softmax", "pairwise", "warp", "lsep", "focal", "asl"},
           "What the classifier learns by: each tag by itself (bce; focal and asl look away from easy tags), the tags as one "
           "distribution (softmax), or true tags above the others (pairwise, warp, lsep).");
  t.real("positive_weight", &S::positive_weight, above(0), "What a true tag counts against another one (bce, focal, asl).");
  t.real("label_smoothing", &S::label_smoothing, below(0, 1),
         "Targets go this far from 0 and 1 towards 1/2 (bce, focal, asl), or towards all tags alike (rank, ordered_rnn).");
  t.real("gamma", &S::gamma, at_least(0), "Power by which easy tags count less (focal).");
  t.real("gamma_positive", &S::gamma_positive, at_least(0), "The same of true tags (asl).");
  t.real("gamma_negative", &S::gamma_negative, at_least(0), "The same of the others (asl).");
  t.real("margin", &S::margin, below(0, 1), "Probability under which another tag costs nothing (asl).");
  t.flag("sampled", &S::sampled,
         "pairwise: loss.most_pairs drawn pairs a picture, warp: others drawn until one is above; else all pairs.");
  t.integer("most_pairs", &S::most_pairs, at_least(1), "Pairs drawn for a picture (pairwise with loss.sampled).");
  t.flag("decision", &S::decision,
         "A small network learns which score a tag needs in a picture, beside a classifier that does not hear of it.");
  t.real("diversity", &S::diversity, at_least(0),
         "Weight of the loss against looking at the same features twice in a row (jvsp).");
  t.real("diversity_threshold", &S::diversity_threshold, between(0, 1),
         "Only softmax weights of at least this count in it (jvsp).");
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
    add_model(made);
    add_fit(made);
    add_neighbours(made);
    add_linear(made);
    add_loss(made);
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
