// tagdata inspect: counts a manifest's pictures and tags, and tries to read every picture.
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "engine/core/interrupt.h"
#include "engine/data/image.h"
#include "engine/data/manifest.h"
#include "engine/data/vocabulary.h"
#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "kernels/base/warning.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/data_commands.h"
#include "tools/output/contact_sheet.h"
#include "tools/setup/start_threads.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

struct InspectFlags {
  std::string manifest, words, sheet;
  int64_t top = 8, threads = 0;
  bool skip_pictures = false, json = false, quiet = false, strict = false;
};

struct TagCount {
  std::string name;
  int64_t count = 0;
};

struct Facts {
  int64_t pictures = 0, tags_in_all = 0, untagged = 0, repeated_tags = 0, repeated_pictures = 0;
  std::map<int64_t, int64_t> pictures_by_tags;                 // number of tags -> pictures with that number
  std::vector<TagCount> tags;                                  // most frequent first, then by name
  bool has_pictures = false;                                   // the next three are filled in
  std::vector<std::pair<std::pair<int, int>, int64_t>> sizes;  // {width, height} and its pictures, the most frequent first
  std::vector<std::string> missing, unreadable;                // "train.tsv:12: photos/a.jpg: ..."
  std::set<int64_t> failed_lines;                              // the manifest's lines of both
  bool has_words = false;
  std::vector<TagCount> unknown;    // not in --words
  std::vector<std::string> unused;  // in --words, in no row
};

// One picture: its size, or that it is missing, or why it cannot be read.
struct PictureState {
  int width = 0, height = 0;
  bool missing = false;
  std::string error;
};

std::vector<TagCount> ranked(std::map<std::string, int64_t> counts) {
  std::vector<TagCount> result;
  for (const auto& [name, count] : counts) result.push_back({name, count});
  std::stable_sort(result.begin(), result.end(), [](const TagCount& a, const TagCount& b) { return a.count > b.count; });
  return result;
}

void count_tags(const Manifest& manifest, Facts& facts) {
  std::map<std::string, int64_t> counts;
  std::set<std::string> paths;
  facts.pictures = static_cast<int64_t>(manifest.rows.size());
  facts.repeated_tags = manifest.repeated_tags;
  for (const ManifestRow& row : manifest.rows) {
    for (const int32_t tag : row.tags) ++counts[manifest.tag_names[static_cast<size_t>(tag)]];
    const int64_t tags = static_cast<int64_t>(row.tags.size());
    facts.tags_in_all += tags;
    facts.untagged += tags == 0;
    ++facts.pictures_by_tags[tags];
    facts.repeated_pictures += !paths.insert(row.path).second;
  }
  facts.tags = ranked(std::move(counts));
}

void compare_with_words(const Vocabulary& words, Facts& facts) {
  facts.has_words = true;
  std::set<std::string> used;
  for (const TagCount& tag : facts.tags) {
    used.insert(tag.name);
    if (words.find(tag.name) < 0) facts.unknown.push_back(tag);
  }
  for (const std::string& word : words.names()) {
    if (!used.contains(word)) facts.unused.push_back(word);
  }
}

PictureState state_of(const fs::path& path) {
  PictureState state;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    state.missing = true;
    return state;
  }
  try {
    const Image image = decode_image(path);
    state.width = image.width;
    state.height = image.height;
  } catch (const Error& error) {
    state.error = error.what();
  }
  return state;
}

// Decodes every picture on `threads` threads; the results are in the manifest's order.
void decode_pictures(const Manifest& manifest, int64_t threads, Facts& facts) {
  std::vector<PictureState> states(manifest.rows.size());
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (size_t i = next++; i < states.size() && Interrupt::signal() == 0; i = next++) {
        states[i] = state_of(manifest.file.parent_path() / manifest.rows[i].path);
      }
    } catch (...) {  // such as out of memory
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = states.size();
    }
  };
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  start_threads(threads, work).clear();
  if (failure) std::rethrow_exception(failure);
  std::map<std::pair<int, int>, int64_t> sizes;
  for (size_t i = 0; i < states.size(); ++i) {
    const std::string where = format("{}:{}: ", manifest.file.filename().string(), manifest.rows[i].line);
    if (states[i].missing || !states[i].error.empty()) facts.failed_lines.insert(manifest.rows[i].line);
    if (states[i].missing) {
      facts.missing.push_back(where + manifest.rows[i].path);
    } else if (!states[i].error.empty()) {
      facts.unreadable.push_back(where + states[i].error);
    } else {
      ++sizes[{states[i].width, states[i].height}];
    }
  }
  facts.has_pictures = true;
  facts.sizes.assign(sizes.begin(), sizes.end());
  std::stable_sort(facts.sizes.begin(), facts.sizes.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
}

std::string percent(int64_t part, int64_t whole) {
  return format("{} %", static_cast<double>((1000 * part + whole / 2) / std::max<int64_t>(whole, 1)) / 10);
}

std::string listed(const std::vector<TagCount>& tags, int64_t first, int64_t last, int64_t pictures) {
  std::string text;
  for (int64_t i = std::max<int64_t>(first, 0); i < last; ++i) {
    text += format("{}{} {} ({})", text.empty() ? "" : ", ", tags[i].name, tags[i].count, percent(tags[i].count, pictures));
  }
  return text;
}

void print_text(const Facts& facts, int64_t top) {
  std::ostream& out = std::cout;
  const int64_t tags = static_cast<int64_t>(facts.tags.size());
  out << "pictures        " << facts.pictures << '\n' << "tags            " << tags;
  if (facts.pictures > 0 && tags > 0) {
    out << " different, " << facts.tags_in_all << " in all, "
        << static_cast<double>((100 * facts.tags_in_all + facts.pictures / 2) / facts.pictures) / 100 << " per picture\n";
    out << "tags/picture   ";
    const char* separator = " ";
    for (const auto& [number, pictures] : facts.pictures_by_tags) {
      out << separator << number << " in " << pictures;
      separator = ", ";
    }
    const int64_t shown = std::min(top, tags);
    out << "\nmost frequent   " << listed(facts.tags, 0, shown, facts.pictures);
    if (tags > shown) out << "\nleast frequent  " << listed(facts.tags, std::max(shown, tags - top), tags, facts.pictures);
  }
  out << '\n';
  if (facts.untagged > 0) out << "untagged        " << facts.untagged << '\n';
  if (facts.repeated_tags > 0) out << "repeated tags   " << facts.repeated_tags << " (a tag twice in one row)\n";
  if (facts.repeated_pictures > 0) out << "repeated rows   " << facts.repeated_pictures << " (a picture listed twice)\n";
  if (facts.has_words) {
    out << "unknown tags    " << facts.unknown.size();
    if (!facts.unknown.empty())
      out << ": " << listed(facts.unknown, 0, std::min<int64_t>(top, facts.unknown.size()), facts.pictures);
    out << "\nunused words    " << facts.unused.size();
    for (size_t i = 0; i < std::min<size_t>(top, facts.unused.size()); ++i) out << (i ? ", " : ": ") << facts.unused[i];
    out << '\n';
  }
  if (!facts.has_pictures) return;
  if (!facts.sizes.empty()) {
    out << "sizes           ";
    const size_t shown = std::min<size_t>(facts.sizes.size(), static_cast<size_t>(top));
    for (size_t i = 0; i < shown; ++i) {
      const auto& [size, count] = facts.sizes[i];
      out << (i ? ", " : "") << size.first << 'x' << size.second << " (" << count << ')';
    }
    if (shown < facts.sizes.size()) out << ", " << facts.sizes.size() - shown << " others";
    out << '\n';
  }
  out << "missing         " << facts.missing.size() << "\nunreadable      " << facts.unreadable.size() << '\n';
  for (const std::string& line : facts.missing) out << "missing: " << line << '\n';
  for (const std::string& line : facts.unreadable) out << "unreadable: " << line << '\n';
}

void print_json(const Facts& facts) {
  nlohmann::ordered_json json;
  json["pictures"] = facts.pictures;
  json["tags_in_all"] = facts.tags_in_all;
  json["untagged"] = facts.untagged;
  json["repeated_tags"] = facts.repeated_tags;
  json["repeated_pictures"] = facts.repeated_pictures;
  json["pictures_by_tags"] = nlohmann::ordered_json::object();
  for (const auto& [tags, pictures] : facts.pictures_by_tags) json["pictures_by_tags"][std::to_string(tags)] = pictures;
  json["tags"] = nlohmann::ordered_json::object();
  for (const TagCount& tag : facts.tags) json["tags"][tag.name] = tag.count;
  if (facts.has_words) {
    json["unknown_tags"] = nlohmann::ordered_json::object();
    for (const TagCount& tag : facts.unknown) json["unknown_tags"][tag.name] = tag.count;
    json["unused_words"] = facts.unused;
  }
  if (facts.has_pictures) {
    json["sizes"] = nlohmann::ordered_json::object();
    for (const auto& [size, count] : facts.sizes) json["sizes"][format("{}x{}", size.first, size.second)] = count;
    json["missing"] = facts.missing;
    json["unreadable"] = facts.unreadable;
  }
  std::cout << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

// Writes pictures evenly spaced over the manifest, without those that cannot be read. Returns why, for those that failed only now.
std::vector<std::string> write_sheet(const Manifest& manifest, const std::string& file, Facts& facts) {
  constexpr size_t kCells = 24;
  const bool png = file.ends_with(".png");
  TL_CHECK(png || file.ends_with(".jpg") || file.ends_with(".jpeg"), "{}: --sheet writes .jpg or .png", file);
  std::vector<SheetCell> cells;
  std::vector<std::string> left_out;
  const size_t rows = manifest.rows.size(), wanted = std::min(kCells, rows);
  for (size_t i = 0; i < wanted; ++i) {
    const ManifestRow& row = manifest.rows[i * rows / wanted];
    SheetCell cell;
    try {
      cell.image = decode_image(manifest.file.parent_path() / row.path, 128);
    } catch (const Error& error) {
      if (facts.failed_lines.insert(row.line).second)
        left_out.push_back(format("{}:{}: {}", manifest.file.filename().string(), row.line, error.what()));
      continue;
    }
    for (const int32_t tag : row.tags)
      cell.caption.append(cell.caption.empty() ? "" : ", ").append(manifest.tag_names[static_cast<size_t>(tag)]);
    cells.push_back(std::move(cell));
  }
  TL_CHECK_AS(ErrorKind::kData, !cells.empty(), "{}: --sheet found no picture that can be read", manifest.file.string());
  const Image sheet = contact_sheet(cells);
  const std::vector<uint8_t> bytes = png ? encode_png(sheet) : encode_jpeg(sheet, 80);
  write_file_atomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return left_out;
}

void check_strictly(const Facts& facts, const std::string& manifest) {
  const auto check = [&](int64_t count, const char* what) {
    TL_CHECK_AS(ErrorKind::kData, count == 0, "{}: {}: {}", manifest, what, count);
  };
  check(facts.untagged, "untagged rows");
  check(facts.repeated_tags, "tags that repeat another of their row");
  check(facts.repeated_pictures, "rows that repeat the picture of another");
  check(static_cast<int64_t>(facts.unknown.size()), "tags that are not in --words");
}

void declare_inspect(Options& command, InspectFlags& flags) {
  command.argument("MANIFEST", flags.manifest, "A .tsv, .csv or .jsonl of pictures and their tags.")
      .value("--words", flags.words, "FILE",
             "A vocabulary, one tag per line: list the tags that only the manifest or only FILE has.")
      .value("--sheet", flags.sheet, "FILE", "Write a contact sheet of 24 pictures with their tags, as .jpg or .png.")
      .value("--top", flags.top, "N", format("Number of tags and sizes to list. Default {}.", flags.top))
      .value("--threads", flags.threads, "N", "Threads that decode pictures. Default 0: one per core.")
      .flag("--no-pictures", flags.skip_pictures, "Check only the manifest, not the pictures.")
      .flag("--strict", flags.strict, "Also exit with 3 for untagged rows, repeated tags and pictures, and tags not in --words.")
      .flag("--json", flags.json, "Print one JSON object.")
      .flag("-q,--quiet", flags.quiet, "Print nothing; the exit code gives the result.")
      .note("Exit codes: 0 all pictures can be read, 3 a picture cannot be read or the manifest is invalid.");
}

int run_inspect(const InspectFlags& flags) {
  TL_CHECK(flags.top >= 1, "[inspect] --top must be at least 1, got {}", flags.top);
  TL_CHECK(flags.threads >= 0 && flags.threads <= 1024, "[inspect] --threads must be 0 to 1024, got {}", flags.threads);
  const Manifest manifest = read_manifest(flags.manifest);
  TL_CHECK_AS(ErrorKind::kData, !manifest.rows.empty(), "{}: the manifest has no rows", flags.manifest);
  Facts facts;
  count_tags(manifest, facts);
  if (!flags.words.empty()) compare_with_words(Vocabulary::load(flags.words), facts);
  const Interrupt interrupt;
  if (!flags.skip_pictures) decode_pictures(manifest, flags.threads, facts);
  if (Interrupt::signal() != 0) return exit_code_of_signal(Interrupt::signal());
  if (!flags.sheet.empty()) {
    for (const std::string& reason : write_sheet(manifest, flags.sheet, facts)) {
      if (!flags.quiet) kernels::warn(format("left out of {}: {}", flags.sheet, reason));
    }
  }
  if (!flags.quiet) flags.json ? print_json(facts) : print_text(facts, flags.top);
  if (!facts.failed_lines.empty()) return kExitData;
  if (flags.strict) check_strictly(facts, flags.manifest);
  return kExitDone;
}

}  // namespace

RunCommand inspect_command(Options& command) {
  const auto flags = std::make_shared<InspectFlags>();
  declare_inspect(command, *flags);
  return [flags] { return run_inspect(*flags); };
}

}  // namespace tagloom
