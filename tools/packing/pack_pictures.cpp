// Threads prepare a window of pictures at a time; one thread writes them in the manifest's order.
#include "tools/packing/pack_pictures.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/data/image.h"
#include "engine/data/packs/pack_index.h"
#include "engine/data/packs/tar_members.h"
#include "engine/io/atomic_file.h"
#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/output/json_path.h"
#include "tools/packing/shard_writer.h"
#include "tools/setup/start_threads.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kKeyDigits = 9;
constexpr int64_t kMostKeys = 1'000'000'000;

struct PreparedPicture {
  std::vector<uint8_t> bytes;  // empty if it cannot be read
  const char* extension = "";
  bool copied = false;
  std::string problem;
  std::exception_ptr broken;  // any other error, such as out of memory
};

// The extension, if WebDataset's usual decoders read such a file; else null.
const char* copied_extension(std::span<const uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), std::min<size_t>(file.size(), 16));
  if (text.starts_with("\xFF\xD8\xFF")) return ".jpg";
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return ".png";
  if (text.starts_with("RIFF") && text.substr(std::min<size_t>(text.size(), 8)).starts_with("WEBP")) return ".webp";
  return nullptr;
}

// The size at which the picture is packed; its own if it is small enough.
std::pair<int, int> target_of(const Image& image, const PackedSize& packed) {
  const int size = static_cast<int>(packed.size), shorter = std::min(image.width, image.height);
  if (packed.resize == Resize::kSquash)
    return std::max(image.width, image.height) > size ? std::pair{size, size} : std::pair{image.width, image.height};
  if (shorter <= size) return {image.width, image.height};
  const auto scaled = [&](int side) { return static_cast<int>(static_cast<int64_t>(side) * size / shorter); };
  return {scaled(image.width), scaled(image.height)};
}

class PicturePacker {
 public:
  PicturePacker(const Manifest& manifest, const PackOptions& options)
      : manifest_(manifest), options_(options), out_(options.out) {}

  PackSummary pack() {
    check_options();
    int64_t shard = 0;
    size_t row = begin_folder(shard);
    summary_.resumed = static_cast<int64_t>(row);
    options_.progress(summary_.resumed);
    ShardWriter writer(out_, options_.name, shard, options_.shard_bytes);
    while (row < manifest_.rows.size()) {
      const size_t end = std::min(manifest_.rows.size(), row + 16 * static_cast<size_t>(threads()));
      std::vector<PreparedPicture> window = prepare(row, end);
      if (options_.stop()) return summary_;
      for (PreparedPicture& picture : window) write(writer, row++, picture);
      options_.progress(static_cast<int64_t>(window.size()));
    }
    writer.finish();
    finish_folder();
    return summary_;
  }

 private:
  int64_t threads() const {
    return options_.threads > 0 ? options_.threads : std::max<int64_t>(1, std::thread::hardware_concurrency());
  }

  void check_options() const {
    TL_CHECK(options_.packed.size >= 8 && options_.packed.size <= 8192, "[pack] --size must be 8 to 8192 pixels, got {}",
             options_.packed.size);
    TL_CHECK(options_.quality >= 1 && options_.quality <= 100, "[pack] --quality must be 1 to 100, got {}", options_.quality);
    TL_CHECK(options_.threads >= 0 && options_.threads <= 1024, "[pack] --threads must be 0 to 1024, got {}", options_.threads);
    const bool names_files = !options_.name.empty() && options_.name.find('/') == std::string::npos && options_.name[0] != '.';
    TL_CHECK(names_files && find_invalid_utf8(options_.name) == std::string::npos,
             "[pack] --name must be the start of a file name, in UTF-8, got \"{}\"", printable(options_.name));
    TL_CHECK_AS(ErrorKind::kData, static_cast<int64_t>(manifest_.rows.size()) <= kMostKeys, "{}: has more than {} rows",
                manifest_.file.string(), kMostKeys);
  }

  // What pack.json says: everything that determines the pack.
  std::string settings_text() const {
    return ordered_json{{"version", 1},
                        {"size", options_.packed.size},
                        {"resize", name_of(options_.packed.resize)},
                        {"interpolation", name_of(options_.packed.interpolation)},
                        {"format", options_.png ? "png" : "jpg"},
                        {"quality", options_.quality},
                        {"name", options_.name},
                        {"shard_bytes", options_.shard_bytes},
                        {"rows", manifest_.rows.size()},
                        {"manifest", hash_text(manifest_.content_hash)}}
               .dump(2) +
           "\n";
  }

  // Makes or checks the folder. Returns the first row to pack, and its shard.
  size_t begin_folder(int64_t& shard) {
    std::error_code error;
    fs::create_directories(out_, error);
    TL_CHECK_AS(ErrorKind::kData, fs::is_directory(out_), "{}: cannot be created: {}", out_.string(), error.message());
    sweep_temporaries(out_.string());
    const std::string unfinished = (out_ / kUnfinishedPack).string();
    if (!fs::exists(unfinished)) {
      TL_CHECK(!fs::exists(out_ / kPackSettings), "{}: is already a pack: give another folder, or remove this one",
               out_.string());
      TL_CHECK(fs::is_empty(out_), "{}: is not empty: give a new folder", out_.string());
      write_file_atomically(unfinished, settings_text());
      return 0;
    }
    TL_CHECK(read_text(unfinished) == settings_text(),
             "{}: was begun with another manifest or other options: repeat that command, or give another folder", out_.string());
    while (fs::exists(out_ / shard_name(options_.name, shard))) ++shard;
    return shard == 0 ? 0 : row_after(out_ / shard_name(options_.name, shard - 1));
  }

  size_t row_after(const fs::path& shard) const {
    const MappedFile mapped(shard.string());
    TarMembers members(mapped.bytes(), shard.string());
    size_t row = 0;
    while (members.next()) {
      const std::string key(members.name().substr(0, kKeyDigits));
      const bool valid = key.size() == kKeyDigits && key.find_first_not_of("0123456789") == key.npos;
      TL_CHECK_AS(ErrorKind::kData, valid && std::stoul(key) < manifest_.rows.size(),
                  "{}: {} does not belong to this pack: remove the folder and pack again", shard.string(), members.name());
      row = std::stoul(key) + 1;
    }
    return row;
  }

  std::vector<PreparedPicture> prepare(size_t begin, size_t end) const {
    std::vector<PreparedPicture> window(end - begin);
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t i = next++; i < window.size() && !options_.stop(); i = next++) {
        window[i] = prepared(begin + i);
      }
    };
    start_threads(threads(), work).clear();
    return window;
  }

  PreparedPicture prepared(size_t row) const {
    PreparedPicture picture;
    try {
      const PictureContent content = content_of(manifest_, row);
      encode(content.bytes, content.name, picture);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kData) {
        picture.problem = error.what();
      } else {
        picture.broken = std::current_exception();
      }
    } catch (...) {
      picture.broken = std::current_exception();
    }
    return picture;
  }

  void encode(std::span<const uint8_t> file, const std::string& name, PreparedPicture& picture) const {
    const PackedSize& packed = options_.packed;
    const int size = static_cast<int>(packed.size);
    Image image = decode_image(file, name, 2 * size);  // as jpeg_scaling = "careful": one decoded at reduced scale stays larger
    const auto [width, height] = target_of(image, packed);
    const bool fits = width == image.width && height == image.height;
    const char* extension = fits ? copied_extension(file) : nullptr;
    if (extension != nullptr) {
      picture = {.bytes = {file.begin(), file.end()}, .extension = extension, .copied = true, .problem = {}, .broken = {}};
      return;
    }
    if (!fits) {
      Image resized{.width = width, .height = height, .rgb = {}};
      resized.rgb.resize(static_cast<size_t>(width) * height * 3);
      resize_image(image,
                   {.width = width,
                    .height = height,
                    .window_width = width,
                    .window_height = height,
                    .interpolation = packed.interpolation},
                   resized.rgb);
      image = std::move(resized);
    }
    picture.bytes = options_.png ? encode_png(image) : encode_jpeg(image, options_.quality);
    picture.extension = options_.png ? ".png" : ".jpg";
  }

  void write(ShardWriter& writer, size_t row, PreparedPicture& picture) {
    if (picture.broken) std::rethrow_exception(picture.broken);
    const ManifestRow one = manifest_.rows[row];
    if (picture.bytes.empty()) {
      summary_.unreadable.push_back(format("{}:{}: {}", manifest_.file.string(), one.line, picture.problem));
      return;
    }
    ordered_json json;
    add_path(json, "path", std::string(one.path));
    json["tags"] = ordered_json::array();
    for (const int32_t tag : one.tags) json["tags"].push_back(manifest_.tag_names[static_cast<size_t>(tag)]);
    writer.add(format("{:0{}}", row, kKeyDigits), picture.extension, picture.bytes, json.dump());
    summary_.copied += picture.copied;
  }

  void finish_folder() {
    TL_CHECK_AS(ErrorKind::kData, fs::exists(out_ / shard_name(options_.name, 0)), "{}: none of its pictures could be read{}",
                manifest_.file.string(), summary_.unreadable.empty() ? "" : ": " + summary_.unreadable.front());
    const Manifest packed = write_pack_index(out_);
    fs::rename(out_ / kUnfinishedPack, out_ / kPackSettings);
    sync_folder(out_.string());
    summary_.complete = true;
    summary_.pictures = static_cast<int64_t>(packed.rows.size());
    summary_.shards = static_cast<int64_t>(packed.pack->shards().size());
    for (const Pack::Shard& shard : packed.pack->shards()) summary_.bytes += static_cast<int64_t>(shard.mapped.bytes().size());
  }

  const Manifest& manifest_;
  const PackOptions& options_;
  fs::path out_;
  PackSummary summary_;
};

}  // namespace

PackSummary pack_pictures(const Manifest& manifest, const PackOptions& options) {
  return PicturePacker(manifest, options).pack();
}

}  // namespace tagloom
