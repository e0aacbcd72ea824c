// Writes the dataset: each thread takes the next index, paints, encodes and writes; the rows are joined in order of index.
#include "tools/scenes/write.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/data/image.h"
#include "engine/io/atomic_file.h"
#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"
#include "tools/scenes/dataset_folder.h"
#include "tools/scenes/scene.h"
#include "tools/setup/start_threads.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr char kPartial[] = ".partial";
[[noreturn]] void fail_to_write(const fs::path& path, int error) {
  if (error == ENOSPC || error == EDQUOT) {
    fail(ErrorKind::kData, "{}: the disk is full: free some space, or lower --images or --size", path.string());
  }
  fail(ErrorKind::kData, "{}: cannot be written: {}", path.string(), std::strerror(error));
}

// No fsync, unlike the files of engine/io, because a picture can be drawn again.
void write_picture(const fs::path& path, const std::vector<uint8_t>& bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) fail_to_write(path, errno);
  const int error = detail::write_fully(file, std::as_bytes(std::span(bytes)));
  const int closing = ::close(file) == 0 ? 0 : errno;  // some file systems notice a full disk only here
  if (error != 0 || closing != 0) fail_to_write(path, error != 0 ? error : closing);
}

SceneDataset wanted_dataset(const ScenesOptions& options) { return {.images = options.images, .png = options.png}; }

// Checks before any work whether OUT may be written; returns the dataset in it.
SceneDataset check_out(const ScenesOptions& options) {
  const fs::path out = options.out;
  TL_CHECK(!options.out.empty(), "[scenes] the name of the output folder is empty");
  std::error_code error;
  const fs::file_status status = fs::status(out, error);
  TL_CHECK_AS(ErrorKind::kData, status.type() != fs::file_type::none, "{}: cannot be read: {}", options.out, error.message());
  if (!fs::exists(status)) return {};
  TL_CHECK(fs::is_directory(status), "{}: is a file, not a folder", options.out);
  if (fs::is_empty(out)) return {};
  const SceneDataset there = dataset_in(options.out);
  const bool ours = !there.hashes.empty();
  const bool leftover = fs::exists(out / kPartial) && entries_of(out).size() == 1;
  if (!options.force) {
    TL_CHECK(!leftover, "{}: contains {} of a run that was killed: add --force to start again", options.out, kPartial);
    fail(ErrorKind::kUsage, "{}: is not empty: choose another folder{}", options.out,
         ours ? ", or add --force to replace the dataset in it" : "");
  }
  TL_CHECK(ours || leftover,
           "{}: contains files that are not from tagdata scenes, which --force does not delete: choose another folder",
           options.out);
  check_replaceable(options.out, there, wanted_dataset(options));
  return there;
}

// Creates OUT/.partial and missing folders above it, and removes them again unless keep() was called.
class Workplace {
 public:
  explicit Workplace(const ScenesOptions& options) : out_(options.out), partial_(out_ / kPartial) {
    std::error_code error;
    for (fs::path folder = fs::absolute(out_).lexically_normal(); !fs::exists(folder, error); folder = folder.parent_path()) {
      if (folder.has_filename()) made_.push_back(folder);
    }
    fs::create_directories(out_, error);
    if (error) {
      clean();
      fail_to_write(out_, error.value());
    }
    remove_unfinished(partial_.string());
    for (const fs::path& folder : {partial_, partial_ / "images"}) {
      if (mkdir(folder.c_str(), 0777) == 0) continue;
      const int reason = errno;
      if (reason == EEXIST && fs::is_directory(fs::symlink_status(folder, error))) continue;
      clean();
      fail_to_write(folder, reason);
    }
  }
  ~Workplace() { clean(); }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  const fs::path& partial() const { return partial_; }

  void keep(const SceneDataset& there, const SceneDataset& made) {
    replace_dataset(out_.string(), there, partial_.string(), made);
    made_.clear();
  }

 private:
  void clean() {
    std::error_code ignored;
    remove_unfinished(partial_.string());
    for (const fs::path& folder : made_) fs::remove(folder, ignored);  // innermost first; only empty ones go
  }

  fs::path out_, partial_;
  std::vector<fs::path> made_;
};

struct Row {
  std::vector<uint8_t> tags;
  uint64_t hash = 0;  // of the picture's file
};

// Paints and writes all pictures into `folder`. Returns false if stop() returned true.
bool write_pictures(const ScenesOptions& options, const fs::path& folder, std::vector<Row>& rows) {
  std::atomic<int64_t> next{0}, done{0};
  std::atomic<bool> give_up{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::exception_ptr failure;
  int running = options.threads > 0 ? options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  running = static_cast<int>(std::min<int64_t>(running, options.images));
  const auto work = [&] {
    try {
      while (!give_up) {
        const int64_t index = next++;
        if (index >= options.images) break;
        ScenePicture picture = make_scene(options.seed, index, options.side);
        const Image image{picture.side, picture.side, std::move(picture.rgb)};
        const std::vector<uint8_t> bytes = options.png ? encode_png(image) : encode_jpeg(image, options.quality);
        write_picture(folder / scene_picture_name(index, options.png), bytes);
        rows[index].hash = hash_bytes(std::as_bytes(std::span(bytes)));
        for (const TagImportance& tag : picture.tags) rows[index].tags.push_back(static_cast<uint8_t>(tag.tag));
        ++done;
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      give_up = true;
    }
    const std::lock_guard lock(mutex);
    --running;
    changed.notify_all();
  };
  const int wanted = running;
  std::vector<std::jthread> threads = start_threads(wanted, work);
  {
    const std::lock_guard guard(mutex);
    running -= wanted - static_cast<int>(threads.size());
  }
  int64_t told = 0;
  bool stopped = false;
  const auto tell = [&] {
    const int64_t now = done;
    if (options.progress && now > told) options.progress(now - told);
    told = now;
  };
  std::unique_lock lock(mutex);
  while (running > 0) {
    changed.wait_for(lock, std::chrono::milliseconds(40), [&] { return running == 0; });
    lock.unlock();
    tell();
    if (options.stop && !stopped && options.stop()) stopped = give_up = true;
    lock.lock();
  }
  lock.unlock();
  threads.clear();  // joins them
  if (failure) std::rethrow_exception(failure);
  return !stopped;
}

std::string dataset_text(const ScenesOptions& options, const ScenesSummary& summary, const std::vector<std::string>& lists,
                         const std::vector<Row>& rows) {
  std::string tags, hashes, pictures;
  for (const Row& row : rows) pictures += format("{}\"{}\"", pictures.empty() ? "" : ", ", hash_text(row.hash));
  for (size_t i = 0; i < lists.size(); ++i) {
    const uint64_t hash = hash_bytes(std::as_bytes(std::span(lists[i])));
    hashes += format("{}\n    \"{}\": \"{}\"", i ? "," : "", kSceneLists[i], hash_text(hash));
  }
  for (int i = 0; i < kSceneTags; ++i) {
    tags += format("{}\n    \"{}\": {}", i ? "," : "", kSceneTagNames[i], summary.counts[i]);
  }
  return format(
             "{{\n  {},\n  \"version\": {},\n  \"seed\": {},\n  \"images\": {},\n  \"size\": {},\n  \"format\": "
             "\"{}\",\n",
             kMadeByScenes, kScenesVersion, options.seed, options.images, options.side, options.png ? "png" : "jpg") +
         format("  \"train\": {},\n  \"val\": {},\n  \"test\": {},\n  \"order\": \"most important first\",\n", summary.train,
                summary.val, summary.test) +
         "  \"hashes\": {" + hashes + "\n  },\n  \"tags\": {" + tags + "\n  },\n  \"picture_hashes\": [" + pictures + "]\n}\n";
}

}  // namespace

SceneSplit scene_split(int64_t index) {
  const int64_t place = index % 100 * 37 % 100;  // 37 and 100 share no factor: every place once in 100
  return place < 80 ? SceneSplit::kTrain : place < 90 ? SceneSplit::kVal : SceneSplit::kTest;
}

ScenesSummary write_scenes(const ScenesOptions& options) {
  TL_CHECK(options.images >= 1 && options.images <= 100'000'000, "[scenes] the number of pictures must be 1 to 100000000, got {}",
           options.images);
  TL_CHECK(options.side >= 16 && options.side <= 1024, "[scenes] a picture's side must be 16 to 1024 pixels, got {}",
           options.side);
  TL_CHECK(options.quality >= 1 && options.quality <= 100, "[scenes] the JPEG quality must be 1 to 100, got {}", options.quality);
  TL_CHECK(options.threads >= 0 && options.threads <= 1024,
           "[scenes] the number of threads must be 0 (one per core) to 1024, got {}", options.threads);
  const SceneDataset there = check_out(options);
  Workplace workplace(options);
  const fs::path& folder = workplace.partial();
  std::vector<Row> rows(static_cast<size_t>(options.images));
  ScenesSummary summary;
  if (!write_pictures(options, folder, rows)) return summary;

  std::vector<std::string> lists(std::size(kSceneLists));
  int64_t sizes[3] = {};
  for (int64_t index = 0; index < options.images; ++index) {
    const int split = static_cast<int>(scene_split(index));
    std::string& text = lists[split];
    text += scene_picture_name(index, options.png);
    char separator = '\t';
    for (const uint8_t tag : rows[index].tags) {
      text.append(1, separator).append(kSceneTagNames[tag]);
      separator = ',';
      ++summary.counts[tag];
    }
    text += '\n';
    ++sizes[split];
  }
  for (const char* name : kSceneTagNames) lists[3].append(name).append("\n");
  summary.train = sizes[0];
  summary.val = sizes[1];
  summary.test = sizes[2];
  for (size_t i = 0; i < lists.size(); ++i) write_file_atomically((folder / kSceneLists[i]).string(), lists[i]);
  write_file_atomically((folder / "dataset.json").string(), dataset_text(options, summary, lists, rows));
  workplace.keep(there, wanted_dataset(options));
  summary.complete = true;
  return summary;
}

}  // namespace tagloom
