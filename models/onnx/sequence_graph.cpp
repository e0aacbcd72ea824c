#include "models/onnx/sequence_graph.h"

#include <cmath>
#include <limits>

namespace tagloom {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();  // the score of a beam or a candidate that does not exist
constexpr double kLeastLog = -1e300;                                // in place of log 0, which is a score
constexpr float kNever = 1e9F;                                      // the step of tags that are not named

// What a path has named so far, [N,B,V].
struct Named {
  OnnxValue step;      // that first named the tag, or kNever
  OnnxValue most;      // the largest probability over the steps
  OnnxValue emission;  // the probability at the step that named it, else 0; only for SequenceScore::kEmission
};

class Unrolled {
 public:
  Unrolled(HeadGraph& graph, const SequenceDecoding& decoding, SequenceScore score, std::vector<OnnxValue> start,
           const StepGraph& step)
      : g_(graph), decoding_(decoding), score_(score), model_(step), state_(std::move(start)), v_(graph.tags) {
    scores_ = g_.batch_of(g_.doubles(std::array{0.0}, {1, 1}), {1});
    best_score_ = g_.batch_of(g_.doubles(std::array{kNone}, {1, 1}), {1});
    const OnnxValue none = g_.batch_of(g_.numbers(std::array{0.0F}, {1, 1, 1}), {1, v_});
    named_ = {g_.batch_of(g_.numbers(std::array{kNever}, {1, 1, 1}), {1, v_}), none, none};
    best_ = {g_.reshape(named_.step, {-1, v_}), g_.reshape(none, {-1, v_}), g_.reshape(none, {-1, v_})};
    previous_ = g_.start_tags();
    std::vector<int64_t> numbers;
    for (int64_t tag = 0; tag < v_; ++tag) numbers.push_back(tag);
    tag_numbers_ = g_.integers(numbers, {v_});
  }

  HeadOutput run() {
    for (int64_t t = 0; t < decoding_.steps; ++t) advance(t);
    return output();
  }

 private:
  struct Extensions {
    int64_t count;                 // K
    OnnxValue score, parent, tag;  // [N,K], best first
  };

  void advance(int64_t t) {
    const bool last = t + 1 == decoding_.steps;
    const bool may_end = decoding_.end && t >= decoding_.minimum_tags;
    const OnnxValue p = g_.reshape(model_({t, beams_, previous_}, state_), {-1, beams_, v_ + (decoding_.end ? 1 : 0)});
    const OnnxValue p_tags = decoding_.end ? g_.slice(p, 2, 0, v_) : p;
    const Extensions found = extend(p, p_tags, may_end);
    const OnnxValue ends = may_end ? g_.op("Equal", {found.tag, g_.integer(v_)}) : OnnxValue();
    const OnnxValue none = g_.number64(kNone);

    // Candidates: extensions by END; all of them at the last step; the best beam if it has no extension.
    Extensions candidates = found;
    if (!last && may_end) candidates.score = g_.op("Where", {ends, found.score, none});
    const bool may_lack_one = decoding_.least_probability > 0 || (!may_end && !decoding_.repeat && t >= v_);
    if (may_lack_one) add_unextended(found, candidates);
    if (last || may_end || may_lack_one) {
      if (!last && !may_end) candidates = only_last(candidates);
      choose(t, candidates, p_tags);
    }
    if (last) return;

    OnnxValue next = may_end ? g_.op("Where", {ends, none, found.score}) : found.score;
    next = g_.op("Where", {g_.op("LessOrEqual", {g_.largest(next, 1), best_score_}), none, next});
    const Named parents = of_parents(named_, p_tags, found);
    named_ = with_tags(t, parents, g_.unsqueeze(found.tag, 2), p_of(p_tags, found));
    if (beams_ > 1 || found.count > 1) {
      const OnnxValue rows = flat_rows(found.parent);
      for (OnnxValue& value : state_) {
        if (!value.empty()) value = g_.op("Gather", {value, rows});
      }
    }
    scores_ = next;
    previous_ = g_.reshape(found.tag, {-1});
    beams_ = found.count;
  }

  Extensions extend(const OnnxValue& p, const OnnxValue& p_tags, bool may_end) {
    const int64_t classes = v_ + (may_end ? 1 : 0);
    OnnxValue log = g_.op("Log", {g_.cast(may_end ? p : p_tags, OnnxType::kDouble)});
    log = g_.op("Max", {log, g_.number64(kLeastLog)});
    OnnxValue total = g_.op("Add", {g_.unsqueeze(scores_, 2), log});
    if (!decoding_.repeat) {
      OnnxValue named = g_.op("Less", {named_.step, g_.number(kNever)});
      if (may_end) {
        named = g_.cast(named, OnnxType::kInt64);
        const OnnxValue end = g_.batch_of(g_.integers(std::array{int64_t{0}}, {1, 1, 1}), {beams_, 1});
        named = g_.cast(g_.op("Concat", {named, end}, {{"axis", 2}}), OnnxType::kBool);
      }
      total = g_.op("Where", {named, g_.number64(kNone), total});
    }
    const int64_t count = std::min(decoding_.beam_width, beams_ * classes);
    const GraphBuilder::Top top = g_.top(g_.reshape(total, {-1, beams_ * classes}), count, 1);
    Extensions found{count, top.values, g_.op("Div", {top.places, g_.integer(classes)}), {}};
    found.tag = g_.op("Sub", {top.places, g_.op("Mul", {found.parent, g_.integer(classes)})});
    if (decoding_.least_probability > 0) {
      const OnnxValue unlikely = g_.op("Less", {found.score, g_.number64(std::log(decoding_.least_probability))});
      found.score = g_.op("Where", {unlikely, g_.number64(kNone), found.score});
    }
    return found;
  }

  // Appends a candidate to those of a picture: its best beam, without a tag, if the picture has beams but no extension.
  void add_unextended(const Extensions& found, Extensions& candidates) {
    const OnnxValue none = g_.number64(kNone);
    const OnnxValue lacks = g_.op("Equal", {g_.largest(found.score, 1), none});
    const OnnxValue score = g_.op("Where", {lacks, g_.largest(scores_, 1), none});
    const auto joined = [&](const OnnxValue& a, const OnnxValue& b) { return g_.op("Concat", {a, b}, {{"axis", 1}}); };
    candidates.score = joined(candidates.score, score);
    candidates.parent = joined(candidates.parent, g_.first_largest(scores_, 1));
    candidates.tag = joined(candidates.tag, g_.batch_of(g_.integers(std::array{int64_t{-1}}, {1, 1}), {1}));
    ++candidates.count;
  }

  Extensions only_last(const Extensions& all) {
    const int64_t from = all.count - 1;
    return {1, g_.slice(all.score, 1, from, all.count), g_.slice(all.parent, 1, from, all.count),
            g_.slice(all.tag, 1, from, all.count)};
  }

  // Replaces the best candidate of each picture if one of these beats it.
  void choose(int64_t t, const Extensions& candidates, const OnnxValue& p_tags) {
    const OnnxValue place = g_.first_largest(candidates.score, 1);
    const auto take = [&](const OnnxValue& x) {
      return candidates.count == 1 ? x : g_.op("GatherElements", {x, place}, {{"axis", 1}});
    };
    const Extensions one{1, take(candidates.score), take(candidates.parent), take(candidates.tag)};
    const OnnxValue better = g_.op("Greater", {one.score, best_score_});
    Named named = with_tags(t, of_parents(named_, p_tags, one), g_.unsqueeze(one.tag, 2), p_of(p_tags, one));
    const auto keep = [&](OnnxValue& best, const OnnxValue& now) {
      if (!now.empty()) best = g_.op("Where", {better, g_.reshape(now, {-1, v_}), best});
    };
    keep(best_.step, named.step);
    keep(best_.most, named.most);
    if (score_ == SequenceScore::kEmission) keep(best_.emission, named.emission);
    best_score_ = g_.op("Where", {better, one.score, best_score_});
  }

  // Rows of values [N*B, any], for places [N,K] of beams.
  OnnxValue flat_rows(const OnnxValue& places) {
    const OnnxValue first = g_.op("Mul", {g_.batch_numbers(), g_.integer(beams_)});
    return g_.reshape(g_.op("Add", {first, places}), {-1});
  }
  OnnxValue beams_of(const OnnxValue& x, const Extensions& at) {  // [N,B,V] -> [N,K,V]
    if (beams_ == 1 && at.count == 1) return x;
    return g_.reshape(g_.op("Gather", {g_.reshape(x, {-1, v_}), flat_rows(at.parent)}), {-1, at.count, v_});
  }
  OnnxValue p_of(const OnnxValue& p_tags, const Extensions& at) {
    return score_ == SequenceScore::kEmission ? beams_of(p_tags, at) : OnnxValue();
  }

  Named of_parents(const Named& named, const OnnxValue& p_tags, const Extensions& at) {
    Named parents{beams_of(named.step, at), beams_of(g_.op("Max", {named.most, p_tags}), at), {}};
    if (score_ == SequenceScore::kEmission) parents.emission = beams_of(named.emission, at);
    return parents;
  }

  // Names one more tag in each path; tag [N,K,1], none if it is -1 or END.
  Named with_tags(int64_t t, Named named, const OnnxValue& tag, const OnnxValue& p) {
    OnnxValue is_new = g_.op("Equal", {tag, tag_numbers_});
    if (decoding_.repeat) is_new = g_.op("And", {is_new, g_.op("Equal", {named.step, g_.number(kNever)})});
    named.step = g_.op("Where", {is_new, g_.number(static_cast<float>(t)), named.step});
    if (!p.empty()) named.emission = g_.op("Where", {is_new, p, named.emission});
    return named;
  }

  HeadOutput output() {
    const OnnxValue named = g_.op("Less", {best_.step, g_.number(kNever)});
    const float first = 2.0F + static_cast<float>(decoding_.steps);
    const OnnxValue key = g_.op("Where", {named, g_.op("Sub", {g_.number(first), best_.step}), best_.most});
    HeadOutput out{best_.most, g_.top(key, v_, 1).places};
    if (score_ == SequenceScore::kNamedFirst) {
      const OnnxValue raised = g_.op("Max", {g_.op("Add", {best_.most, g_.number(1)}), g_.number(std::nextafter(1.0F, 2.0F))});
      out.scores = g_.op("Where", {named, raised, best_.most});
    } else if (score_ == SequenceScore::kEmission) {
      const OnnxValue raised = g_.op("Max", {best_.emission, g_.number(std::numeric_limits<float>::min())});
      out.scores = g_.op("Where", {named, raised, best_.emission});
    }
    return out;
  }

  HeadGraph& g_;
  SequenceDecoding decoding_;
  SequenceScore score_;
  const StepGraph& model_;
  std::vector<OnnxValue> state_;
  int64_t v_, beams_ = 1;
  OnnxValue scores_;    // double [N,B]
  OnnxValue previous_;  // int64 [N*B]
  Named named_;
  OnnxValue best_score_;  // double [N,1], of the best candidate so far
  Named best_;            // its, [N,V]
  OnnxValue tag_numbers_;
};

}  // namespace

OnnxValue SequenceStep::of_beams(HeadGraph& graph, const OnnxValue& x, int64_t width) const {
  if (beams == 1) return x;
  const OnnxValue repeated = graph.batch_of(graph.unsqueeze(x, 1), {beams, width});
  return graph.reshape(repeated, {-1, width});
}

HeadOutput sequence_graph(HeadGraph& graph, const SequenceDecoding& decoding, SequenceScore score, std::vector<OnnxValue> start,
                          const StepGraph& step) {
  return Unrolled(graph, decoding, score, std::move(start), step).run();
}

}  // namespace tagloom
