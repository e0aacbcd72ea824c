// The table's lines of what a tagger is and what it learns by, in the order of the reference.
#include "models/settings/section_table.h"

namespace tagloom {
namespace {

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
  t.flag("mixed_precision", &S::mixed_precision,
         "What stands on the backbone multiplies in bfloat16; sums, states, losses, weights and their gradients stay in fp32. "
         "Faster on "
         "CUDA and on a CPU with bfloat16 instructions, slower on another.");
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
  t.flag("feature_root", &S::feature_root,
         "Features are first replaced by their signed square root (power normalisation); of a backbone that stays as it is.");
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

}  // namespace

void add_model_sections(std::vector<Setting>& table) {
  add_model(table);
  add_fit(table);
  add_neighbours(table);
  add_linear(table);
  add_loss(table);
}

}  // namespace tagloom
