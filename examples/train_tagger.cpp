// Trains a multi-order tagger on the scenes that tagdata draws; the program in the README.
#include <tagloom/tagloom.h>

#include <iostream>

using namespace tagloom;

int main() {
  const Device device = Device::best();  // CUDA when present, else the CPU
  const Dataset train = Dataset::open("datasets/scenes/train.tsv");
  MultiOrderTagger model({.backbone = {.name = "small", .freeze = false}, .head = {.hidden = 128, .embedding = 64, .steps = 5}},
                         train.vocabulary());
  // With weights: .backbone = {.name = "resnet50", .weights = "resnet50.safetensors"}
  model.to(device);
  RmsProp optimizer({{.name = "tagger", .parameters = model.named_parameters(), .learning_rate = 1e-4}}, {.momentum = 0.9});
  DataLoader loader(train, {.batch_size = 32, .seed = 7, .device = device, .transform = {.size = 64}});
  for (int epoch = 1; epoch <= 5; ++epoch) {
    double loss_sum = 0;
    for (const Batch& batch : loader) {
      Tape tape;  // Tape(Tape::kForwardOnly) to predict
      const Var loss = model.loss(tape, batch);
      optimizer.zero_grad();
      tape.backward(loss);
      optimizer.step();
      loss_sum += loss.value().item() * batch.size();
    }
    std::cout << "epoch " << epoch << " loss " << loss_sum / train.size() << std::endl;
  }
  save_weights(model, "tagger.safetensors");
}
