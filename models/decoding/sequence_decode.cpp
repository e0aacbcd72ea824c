#include "models/decoding/sequence_decode.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tagloom {
namespace {

struct Beam {
  int32_t parent;           // row in the previous step
  int32_t last;             // the last tag
  double score = 0;         // sum of log p
  std::vector<char> named;  // [V]
};

// The state of one picture's search.
struct Search {
  std::vector<Beam> beams;
  bool found = false;
  double best_score = 0;   // of the best candidate so far
  int64_t best_step = 0;   // its last step ...
  int32_t best_row = 0;    // ... its row there ...
  int32_t best_last = -1;  // ... and the tag it named there; -1: none
  bool ended = false;      // by END
};

struct Extension {
  size_t beam;
  int32_t tag;
  double score;
};

// The rows of one step, to trace a candidate back.
struct StepRecord {
  std::vector<Real> p;  // [B, classes]
  std::vector<int32_t> previous, parent;
};

void finish(Search& search, double score, int64_t step, int32_t row, int32_t last, bool ended) {
  if (search.found && score <= search.best_score) return;
  search.found = true;
  search.best_score = score;
  search.best_step = step;
  search.best_row = row;
  search.best_last = last;
  search.ended = ended;
}

// The best extensions of a picture's beams, whose rows of p begin at `first_row`.
std::vector<Extension> best_extensions(const SequenceDecoding& decoding, const Search& search, const std::vector<Real>& p,
                                       int64_t first_row, int64_t tags, int64_t step) {
  const int64_t classes = tags + (decoding.end ? 1 : 0);
  std::vector<Extension> all;
  std::vector<int32_t> allowed;
  for (size_t b = 0; b < search.beams.size(); ++b) {
    const Beam& beam = search.beams[b];
    const Real* row = p.data() + (first_row + static_cast<int64_t>(b)) * classes;
    allowed.clear();
    for (int32_t tag = 0; tag < tags; ++tag) {
      if (decoding.repeat || !beam.named[tag]) allowed.push_back(tag);
    }
    if (decoding.end && step >= decoding.minimum_tags) allowed.push_back(static_cast<int32_t>(tags));
    const auto kept = std::min<int64_t>(decoding.beam_width, static_cast<int64_t>(allowed.size()));
    std::partial_sort(allowed.begin(), allowed.begin() + kept, allowed.end(),
                      [row](int32_t x, int32_t y) { return row[x] != row[y] ? row[x] > row[y] : x < y; });
    for (int64_t i = 0; i < kept; ++i) {
      all.push_back({b, allowed[i], beam.score + std::log(static_cast<double>(row[allowed[i]]))});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Extension& x, const Extension& y) { return x.score > y.score; });
  if (static_cast<int64_t>(all.size()) > decoding.beam_width) all.resize(decoding.beam_width);
  return all;
}

// Advances one picture's beams by a step.
void advance(const SequenceDecoding& decoding, Search& search, const std::vector<Real>& p, int64_t first_row, int64_t tags,
             int64_t step) {
  const auto row_of = [&](size_t beam) { return static_cast<int32_t>(first_row + static_cast<int64_t>(beam)); };
  std::vector<Extension> extensions = best_extensions(decoding, search, p, first_row, tags, step);
  if (decoding.least_probability > 0) {
    const double least = std::log(decoding.least_probability);
    std::erase_if(extensions, [least](const Extension& e) { return e.score < least; });
  }
  if (extensions.empty()) {  // every tag was named or is too unlikely
    finish(search, search.beams.front().score, step, row_of(0), -1, false);
  }
  std::vector<Beam> next;
  for (const Extension& e : extensions) {
    if (e.tag == tags) {
      finish(search, e.score, step, row_of(e.beam), -1, true);
    } else if (step + 1 == decoding.steps) {
      finish(search, e.score, step, row_of(e.beam), e.tag, false);
    } else {
      Beam beam{row_of(e.beam), e.tag, e.score, search.beams[e.beam].named};
      beam.named[e.tag] = 1;
      next.push_back(std::move(beam));
    }
  }
  if (search.found && !next.empty() && next.front().score <= search.best_score) next.clear();
  search.beams = std::move(next);
}

DecodedSequence walk_back(const Search& search, const std::vector<StepRecord>& steps, int64_t tags, int64_t classes,
                          int64_t competing) {
  DecodedSequence sequence;
  sequence.ended = search.ended;
  sequence.log_probability = search.best_score;
  sequence.most.assign(tags, 0);
  sequence.emission.assign(tags, 0);
  std::vector<int32_t> backwards;
  int32_t row = search.best_row, named = search.best_last;  // at step t; -1: none
  for (int64_t t = search.best_step; t >= 0; --t) {
    const Real* p = steps[t].p.data() + row * classes;
    for (int64_t tag = 0; tag < tags; ++tag) sequence.most[tag] = std::max(sequence.most[tag], static_cast<float>(p[tag]));
    if (competing > 0) {
      const bool end = t == search.best_step && search.ended;
      sequence.path.push_back(path_step({p, static_cast<size_t>(classes)}, competing, end ? static_cast<int32_t>(tags) : named));
    }
    if (named >= 0) {
      backwards.push_back(named);
      sequence.emission[named] = static_cast<float>(p[named]);
    }
    if (t == 0) sequence.first.assign(p, p + tags);
    named = steps[t].previous[row];
    row = steps[t].parent[row];
  }
  std::reverse(sequence.path.begin(), sequence.path.end());
  std::vector<char> seen(tags, 0);
  for (auto tag = backwards.rbegin(); tag != backwards.rend(); ++tag) {
    if (!std::exchange(seen[*tag], 1)) sequence.tags.push_back(*tag);
  }
  return sequence;
}

}  // namespace

std::vector<DecodedSequence> decode_sequences(const SequenceDecoding& decoding, int64_t pictures, int64_t tags, Device device,
                                              const StepFunction& step) {
  TL_CHECK(decoding.beam_width >= 1 && decoding.steps >= 1 && decoding.minimum_tags >= 0 && tags >= 1,
           "[sequence_decode] beam width {}, {} steps, at least {} tags of {}: needs 1 beam, 1 step and 1 tag",
           decoding.beam_width, decoding.steps, decoding.minimum_tags, tags);
  const int64_t classes = tags + (decoding.end ? 1 : 0);
  std::vector<Search> searches(pictures);
  for (int64_t i = 0; i < pictures; ++i) {
    searches[i].beams.push_back({static_cast<int32_t>(i), static_cast<int32_t>(tags), 0, std::vector<char>(tags, 0)});
  }
  std::vector<StepRecord> steps;
  for (int64_t t = 0; t < decoding.steps; ++t) {
    StepRecord record;
    std::vector<int32_t> picture;
    for (int64_t i = 0; i < pictures; ++i) {
      for (const Beam& beam : searches[i].beams) {
        record.previous.push_back(beam.last);
        record.parent.push_back(beam.parent);
        picture.push_back(static_cast<int32_t>(i));
      }
    }
    const auto rows = static_cast<int64_t>(picture.size());
    if (rows == 0) break;
    const Var p = step({t, Tensor::from(record.previous, {rows}, device), Tensor::from(record.parent, {rows}, device),
                        Tensor::from(picture, {rows}, device)});
    TL_CHECK((p.shape() == Shape{rows, classes}), "[sequence_decode] a step returned {} for {} beams of {} classes", p.shape(),
             rows, classes);
    record.p = p.value().to_vector();
    int64_t first_row = 0;
    for (Search& search : searches) {
      if (search.beams.empty()) continue;
      const auto count = static_cast<int64_t>(search.beams.size());
      advance(decoding, search, record.p, first_row, tags, t);
      first_row += count;
    }
    steps.push_back(std::move(record));
  }
  std::vector<DecodedSequence> sequences;
  for (const Search& search : searches) sequences.push_back(walk_back(search, steps, tags, classes, decoding.competing));
  return sequences;
}

Predictions predictions_of(const std::vector<DecodedSequence>& sequences, int64_t tags, SequenceScore score) {
  Predictions predictions;
  predictions.tag_count = tags;
  for (const DecodedSequence& sequence : sequences) {
    std::vector<float> scores = score == SequenceScore::kEmission ? sequence.emission : sequence.most;
    std::vector<int32_t> ranking = sequence.tags, rest(tags);
    std::iota(rest.begin(), rest.end(), 0);
    std::vector<char> named(tags, 0);
    for (int32_t tag : sequence.tags) {
      named[tag] = 1;
      if (score == SequenceScore::kNamedFirst) scores[tag] = std::max(1 + scores[tag], std::nextafter(1.0f, 2.0f));
      if (score == SequenceScore::kEmission) scores[tag] = std::max(scores[tag], std::numeric_limits<float>::min());
    }
    std::erase_if(rest, [&](int32_t tag) { return named[tag] != 0; });
    std::stable_sort(rest.begin(), rest.end(), [&](int32_t a, int32_t b) { return sequence.most[a] > sequence.most[b]; });
    ranking.insert(ranking.end(), rest.begin(), rest.end());
    predictions.scores.insert(predictions.scores.end(), scores.begin(), scores.end());
    predictions.first_step_scores.insert(predictions.first_step_scores.end(), sequence.first.begin(), sequence.first.end());
    predictions.ranking.push_back(std::move(ranking));
  }
  return predictions;
}

std::vector<StepPath> paths_of(std::vector<DecodedSequence> sequences) {
  std::vector<StepPath> paths;
  for (DecodedSequence& sequence : sequences) paths.push_back(std::move(sequence.path));
  return paths;
}

}  // namespace tagloom
