#pragma once
// Additive attention over the places of a convolution's map, for one step of an LSTM: the score of Bahdanau et al. 2015, the gate
// and the map of Xu et al. 2015, relu and sizes as in Yazici et al., CVPR 2020.
//
//   v_p   = dropout(norm(W_v x_p + b_v))          x_p the backbone's C channels at place p; once per picture
//   k_p   = W_k v_p + b_k                         once per picture
//   s_p   = w . relu(k_p + W_q h),  alpha = softmax_p(s)
//   z     = sigmoid(W_g h + b_g) * sum_p alpha_p v_p
//
// The first product is the expensive one, so it is computed once per picture, not once per step. Attention over v_p is attention
// over x_p with W_v taken out of the sum, at a rank of the length of v.
#include <optional>

#include "engine/nn/layers.h"

namespace tagloom {

struct VisualAttentionOptions {
  int64_t channels = 0;  // C, of the backbone's map
  int64_t hidden = 512;  // of the LSTM whose state is the query
  int64_t values = 512;  // length of v
  int64_t width = 256;   // of the keys
  bool norm = false;     // batch norm on v, over places and pictures
  Real dropout = 0;      // on v
};

class VisualAttention : public Module {
 public:
  explicit VisualAttention(const VisualAttentionOptions& options);

  // The projected maps of a batch.
  struct Map {
    Var values;  // [N,P,M]
    Var keys;    // [N,P,A]
  };
  // features [N, P*C], place by place. Throws Error(kUsage) if they are not a map of C channels.
  Map read(const Var& features);
  Var mean(const Map& map) const;                      // [N,M], over the places
  AttentionView attend(const Map& map, const Var& h);  // h [N,D] -> gated seen [N,M], alpha [N,P]
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
