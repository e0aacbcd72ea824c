#pragma once
// All kinds of tagger, in the order of the help; tagger_head.h documents the members of an options struct.
#include <tuple>

#include "models/linear/linear_svm.h"
#include "models/linear/rank_svm.h"
#include "models/neighbours/knn.h"
#include "models/neighbours/tagprop.h"
#include "models/neighbours/two_pass_knn.h"
#include "models/taggers/classifier.h"
#include "models/taggers/jvsp.h"
#include "models/taggers/multi_order.h"
#include "models/taggers/order_free.h"
#include "models/taggers/ordered_rnn.h"
#include "models/taggers/pretrained.h"

namespace tagloom {

using TaggerKinds = std::tuple<RankOptions,        //
                               MultiOrderOptions,  //
                               ClassifierOptions,  //
                               OrderedRnnOptions,  //
                               OrderFreeOptions,   //
                               JvspOptions,        //
                               LinearSvmOptions,   //
                               RankSvmOptions,     //
                               KnnOptions,         //
                               JecOptions,         //
                               TagPropOptions,     //
                               TwoPassKnnOptions,  //
                               PretrainedOptions>;

}  // namespace tagloom
