#pragma once
// Where on the picture to look at a step: additive attention over the places of a convolution's map. Bahdanau et al. 2015 for the
// score, Xu et al. 2015 for the gate and the map, relu and sizes as in Yazici et al., CVPR 2020.
//
//   v_p   = dropout(norm(W_v x_p + b_v))          x_p the backbone's C channels at place p; once a picture
//   k_p   = W_k v_p + b_k                         once a picture
//   s_p   = w . relu(k_p + W_q h),  alpha = softmax_p(s)
//   z     = sigmoid(W_g h + b_g) * sum_p alpha_p v_p
//
// The first product is what costs: it is made once a picture and not once a step. Attention over v_p is attention over x_p, W_v taken out
// of the sum; its rank is the length of v.
#include <optional>

#include "engine/nn/layers.h"

namespace tagloom {

struct VisualAttentionOptions {
  int64_t channels = 0;  // C, of the backbone's map
  int64_t hidden = 512;  // of the LSTM that asks
  int64_t values = 512;  // length of v
  int64_t width = 256;   // of the keys
  bool norm = false;     // batch norm on v, over places and pictures
  Real dropout = 0;      // on v
};

class VisualAttention : public Module {
 public:
  explicit VisualAttention(const VisualAttentionOptions& options);

  // A batch of pictures, read.
  struct Map {
    Var values;  // [N,P,M]
    Var keys;    // [N,P,A]
  };
  // features [N, P*C], place by place. Throws Error(kUsage) where they are no map of C channels.
  Map read(const Var& features);
  Var mean(const Map& map) const;                    // [N,M], over the places
  AttentionView look(const Map& map, const Var& h);  // h [N,D] -> seen [N,M], through the gate; alpha [N,P]
  void reset(RandomKey key) override;
  static Map rows(const Map& map, const Tensor& picture);  // int32 [B] -> the maps of those pictures

 private:
  VisualAttentionOptions options_;
  Linear value_;
  std::optional<BatchNorm> norm_;
  Linear key_, query_;
  Parameter score_;  // w [A]
  Linear gate_;
};

}  // namespace tagloom
