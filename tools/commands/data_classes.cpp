// tagdata classes and tagdata tagger: the names of a classifier's classes, and taggers that need no training.
#include <filesystem>
#include <iostream>

#include "engine/core/counted.h"
#include "engine/io/atomic_file.h"
#include "engine/io/tensor_file.h"
#include "kernels/base/error.h"
#include "kernels/text/shell_quoted.h"
#include "tools/command_line/config.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/data_commands.h"
#include "tools/output/target_file.h"
#include "tools/pretrained/class_names.h"
#include "tools/setup/pretrained_run.h"

namespace tagloom {
namespace {

struct ClassesFlags {
  std::string source, output;
  bool force = false, quiet = false;
};

struct TaggerFlags {
  PretrainedRequest request;
  std::string output;
  bool quiet = false;
};

void say(bool quiet, const std::string& sentence) {
  if (!quiet) std::cerr << "tagdata: " << sentence << "\n";
}

void declare_classes(Options& command, ClassesFlags& flags) {
  command.argument("FILE", flags.source, "A file with the names, or weights with a config.json next to them.")
      .value("-o,--output", flags.output, "FILE", "Write to FILE. Default: stdout.")
      .flag("--force", flags.force, "Replace a file that exists.")
      .flag("-q,--quiet", flags.quiet, "Print only warnings and errors on stderr.")
      .note(
          "tagdata classes imagenet_class_index.json -o imagenet_classes.txt\n\n"
          "Writes one name per line, in the order of the classifier's outputs. Reads:\n"
          "  {\"0\": [\"n01440764\", \"tench\"], ...}     imagenet_class_index.json of torchvision and Keras\n"
          "  {\"id2label\": {\"0\": \"tench\"}, ...}      config.json of Hugging Face, or timm's with label_names\n"
          "  [\"tench\", ...]   {\"tench\": 0, ...}     JSON\n"
          "  {0: 'tench, Tinca tinca', ...}         a Python dictionary\n"
          "  n01440764 tench, Tinca tinca           synset_words.txt, LOC_synset_mapping.txt\n"
          "  0: tench     tench                     a list with one class per line\n"
          "The first of several synonyms is the name. Classes that share a name also get another synonym, the synset or the "
          "number, in brackets.");
}

int run_classes(const ClassesFlags& flags) {
  const std::string file = find_input("FILE", flags.source);
  std::string source = file;
  if (is_tensor_file(file)) {
    source = class_names_of_weights(file);
    TL_CHECK_AS(ErrorKind::kData, !source.empty(),
                "{}: has no names of classes, nor has a config.json next to it: give a file with names", flags.source);
  }
  require_target(flags.output, {file, source});
  require_new(flags.output, flags.force);
  const ClassNames classes = read_class_names(source);
  std::string text;
  for (const std::string& name : classes.names) text += name + "\n";
  if (flags.output.empty()) {
    std::cout << text << std::flush;
  } else {
    write_file_atomically(flags.output, text);
  }
  say(flags.quiet, format("{}: {}, {}, from \"{}\" to \"{}\"", source, classes.form,
                          counted(static_cast<int64_t>(classes.names.size()), "class", "classes"), classes.names.front(),
                          classes.names.back()));
  for (const std::string& note : classes.notes) say(flags.quiet, note);
  return kExitDone;
}

void declare_tagger(Options& command, TaggerFlags& flags) {
  command.argument("WEIGHTS", flags.request.weights, "Weights of a backbone with its classifier.")
      .value("--classes", flags.request.classes, "FILE",
             "The names of its classes, in any form that tagdata classes reads. Default: the config.json next to WEIGHTS.")
      .value("-o,--output", flags.output, "RUN", "The run folder to create.")
      .settings(flags.request.changes)
      .flag("-q,--quiet", flags.quiet, "Print only warnings and errors on stderr.")
      .note(
          "tagdata tagger resnet50.safetensors --classes imagenet_classes.txt -o runs/imagenet\n\n"
          "Makes a run that tagpredict, tagserve and tageval can use, without training. Pictures are read as in ImageNet's "
          "evaluation: short side 256, the centre 224 x 224. tagpredict gives the 5 most probable classes; --set decode.top_k=N "
          "changes that.");
}

int run_tagger(const TaggerFlags& flags) {
  TL_CHECK(!flags.output.empty(), "a tagger needs a run folder: give -o FOLDER");
  const PretrainedTagger tagger = pretrained_tagger(flags.request);
  std::vector<std::string> words{"tagger", flags.request.weights, "--classes", tagger.classes, "-o", flags.output};
  write_pretrained_run(tagger, flags.output, config_heading("tagdata", words));
  say(flags.quiet, format("{}: {}, {}", tagger.classes, tagger.form, counted(tagger.vocabulary.size(), "class", "classes")));
  for (const std::string& note : tagger.notes) say(flags.quiet, note);
  say(flags.quiet, format("wrote {}: {}, {} x {} pixels; tag pictures with: tagpredict {} PICTURES", flags.output,
                          tagger.settings.backbone.name, tagger.settings.data.transform.size, tagger.settings.data.transform.size,
                          shell_quoted(flags.output)));
  return kExitDone;
}

}  // namespace

RunCommand classes_command(Options& command) { return command_with_flags(command, declare_classes, run_classes); }

RunCommand tagger_command(Options& command) { return command_with_flags(command, declare_tagger, run_tagger); }

}  // namespace tagloom
