"""The commands that the sweep runs, and the files that each starts from."""
import fnmatch
import json
import os
import struct
import subprocess
from dataclasses import dataclass

DATA = """[data]
train = "scenes/train.tsv"
test = "scenes/test.tsv"
size = 32
workers = 1
on_error = "{on_error}"
cache_dir = "cache"
"""
VALIDATION = 'validation = "scenes/val.tsv"\n'
SMALL = '[backbone]\nname = "small"\nlayer = "conv5"\nfreeze = false\n'
FROZEN = '[backbone]\nname = "small"\nweights = "cnn.safetensors"\n'
STEPS = "hidden = 16\nembedding = 8\nsteps = 3\n"
MULTI_ORDER = f'[model]\nkind = "multi_order"\nstate = "features"\n{STEPS}'
RANK = '[model]\nkind = "rank"\nhidden = 16\nimage_embedding = 8\nsteps = 3\n'
KNN = '[model]\nkind = "knn"\n[neighbours]\nk = [3, 5]\nper_tag = 2\nsharpness = [4, 8]\n'
TRAIN = '[train]\nepochs = 2\nbatch_size = 8\ndevice = "cpu"\ncheckpoint_every = 2\n'
FIT = '[train]\nbest_by = "f1_micro"\ndevice = "cpu"\n'

CONFIGS = {
    "small.toml": DATA.format(on_error="stop") + VALIDATION + "flip = true\n" + SMALL + MULTI_ORDER + "dropout = 0.2\n" + TRAIN,
    "frozen.toml": DATA.format(on_error="skip") + VALIDATION + FROZEN + MULTI_ORDER + TRAIN,
    "fitted.toml": DATA.format(on_error="stop") + VALIDATION + FROZEN + KNN + FIT,
    "rank.toml": DATA.format(on_error="stop") + VALIDATION + FROZEN + RANK + TRAIN,
    "suite.toml": 'name = "tiny"\ntitle = "Scenes"\nseeds = 1\n'
    '[[table]]\nname = "two"\ntitle = "exactly two"\nset = { decode.top_k = 2 }\ncolumns = ["map_label", "f1_label"]\n'
    '[[row]]\nname = "rank"\nconfig = "rank.toml"\n[[row]]\nname = "knn"\nconfig = "fitted.toml"\n',
}

SIDECAR = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject><rdf:Bag><rdf:li>mine</rdf:li></rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
 <!-- {} -->
</x:xmpmeta>
<?xpacket end="w"?>
"""


@dataclass(frozen=True)
class Scenario:
    """A command. `changes` are patterns of the files that it may create, change or delete; everything else is the user's."""
    name: str
    words: str
    changes: tuple
    prepare: tuple = ()       # commands before it; !KIND<tab>PATH<tab>N COMMAND is interrupted by SIGINT at that call
    replaces: tuple = ()      # of the user's: each has its old or its final contents at any time
    start: str = ""           # for trainings: the command that starts the run
    may_skip: bool = False    # may finish without a picture that it could not read, with a warning
    reports: bool = False     # its output names files that it could not read

    def may_change(self, path):
        return any(fnmatch.fnmatch(path, pattern) for pattern in self.changes)

    def replaced(self, path):
        return any(fnmatch.fnmatch(path, pattern) for pattern in self.replaces)


RUN = "tagtrain -q -c small.toml -o run"
FITTED = "tagtrain -q -c fitted.toml -o run"
FROZEN_RUN = "tagtrain -q -c frozen.toml -o run"
# Interrupted in the second epoch. The other loss of the first epoch tells a resumed run from one that starts again.
STOPPED = ("!create\trun/last.safetensors.tmp-\t2 " + RUN, """sed -i '1s/"loss":[0-9]*/"loss":38/' run/metrics.jsonl""")
LISTS = """python3 -c 'import os; os.mkdir("lists"); names = [name[:-4] for name in sorted(os.listdir("scenes/images")) if name[-3:] == "jpg"]
open("lists/scenes_train_list.txt", "w").write("".join(f"/../scenes/images/{name}\\n" for name in names))
open("lists/scenes_dict.txt", "w").write("sea\\nsky\\n"); open("lists/scenes_train_annot.txt", "w").write("0 1\\n" * len(names))'"""
SCENARIOS = [
    Scenario("train", RUN, ("run", "run/*"), start=RUN),
    Scenario("resume", "tagtrain -q --resume run", ("run", "run/*"), STOPPED, start=RUN),
    Scenario("extend", "tagtrain -q --resume run --set train.epochs=3", ("run", "run/*"), (RUN,)),
    Scenario("fitted", FITTED, ("run", "run/*", "cache", "cache/*"), start=FITTED),
    Scenario("cache", FROZEN_RUN, ("run", "run/*", "cache", "cache/*"), start=FROZEN_RUN, may_skip=True),
    Scenario("cached", FROZEN_RUN, ("run", "run/*", "cache", "cache/*"), ("tagtrain -q -c frozen.toml -o first",),
             start=FROZEN_RUN, may_skip=True),
    Scenario("suite", "tagtrain -q --suite suite.toml -o out --tables page.md", ("out", "out/*", "cache", "cache/*"),
             replaces=("page.md",)),
    Scenario("suite again", "tagtrain -q --suite suite.toml -o out --tables page.md", ("out", "out/*"),
             ("tagtrain -q --suite suite.toml -o out",), replaces=("page.md",)),
    Scenario("predict", "tagpredict -q run scenes/images --scores", (), (RUN,)),
    Scenario("predict xmp", "tagpredict -q run scenes/images --format xmp", ("scenes/images/*.xmp",), (RUN,),
             replaces=("scenes/images/000001.jpg.xmp", "scenes/images/000004.jpg.xmp")),
    Scenario("predict caption", "tagpredict -q run scenes/images --format caption", ("scenes/images/*.txt",),
             (RUN, "bash -c 'echo mine > scenes/images/000001.txt'"), replaces=("scenes/images/000001.txt",)),
    Scenario("predict output", "tagpredict -q run scenes/images/000002.jpg --format csv --output out.csv --skip-existing", ("out.csv",), (RUN,)),
    Scenario("predict embed", "tagpredict -q run scenes/images --embed --backup", ("scenes/images/*_original",), (RUN,),
             replaces=("scenes/images/*.jpg",)),
    Scenario("undo", "tagpredict -q --undo scenes/images", ("scenes/images/*.jpg.xmp",),
             (RUN, "tagpredict -q run scenes/images --format xmp --keyword-fields dc,lr"), replaces=("scenes/images/*.jpg.xmp",)),
    Scenario("eval", "tageval -q run --json --per-tag out.tsv --report out.html", ("out.tsv", "out.html"), (RUN,)),
    Scenario("eval fitted", "tageval -q run --json", ("cache", "cache/*"), (FITTED,)),
    Scenario("scenes", "tagdata scenes -q --images 8 --size 16 --threads 1 new", ("new", "new/*")),
    Scenario("scenes force", "tagdata scenes -q --images 8 --size 16 --threads 1 --force old",
             ("old", "old/images", "old/images/00*.jpg", "old/*.tsv", "old/words.txt", "old/dataset.json", "old/.partial*"),
             ("tagdata scenes -q --images 6 --size 32 old", "touch old/mine.txt")),
    Scenario("import lists", "tagdata import -q lists -o new.tsv --words new.txt", ("new.tsv", "new.txt"), (LISTS,)),
    Scenario("import txt", "tagdata import -q --force --format txt scenes/images -o page.jsonl", ("page.jsonl",),
             ("cp page.md page.jsonl", "cp notes.txt scenes/images/000002.txt"), replaces=("page.jsonl",)),
    Scenario("import xmp", "tagdata import -q --format xmp scenes/images -o new.csv", ("new.csv",)),
    Scenario("import coco", "tagdata import -q coco.json -o new.tsv --words new.txt", ("new.tsv", "new.txt"),
             ("tagdata export -q scenes/train.tsv --format coco -o coco.json",)),
    Scenario("export coco", "tagdata export -q scenes/train.tsv --format coco --threads 1 -o new.json", ("new.json",)),
    Scenario("export huggingface", "tagdata export -q scenes/train.tsv --format huggingface -o scenes", ("scenes/metadata.jsonl",)),
    Scenario("export txt", "tagdata export -q scenes/train.tsv --format txt -o texts", ("texts", "texts/*")),
    Scenario("split", "tagdata split -q scenes/train.tsv --threads 1 -o parts", ("parts", "parts/*")),
    Scenario("split again", "tagdata split -q scenes/grown.tsv --threads 1 -o parts --stratify --keep parts --force", ("parts/*",),
             ("tagdata split -q scenes/train.tsv -o parts --seed 3", "sh -c 'cat scenes/train.tsv scenes/val.tsv > scenes/grown.tsv'")),
    Scenario("pack", "tagdata pack -q scenes/train.tsv -o run --size 16 --shard-size 10KB --threads 1", ("run", "run/*"),
             may_skip=True),
    Scenario("inspect", "tagdata inspect scenes/train.tsv --json --words scenes/words.txt --sheet sheet.jpg", ("sheet.jpg",),
             reports=True),
]


def split_weights(run, file):
    """Writes the CNN of a run as a file for backbone.weights."""
    with open(run, "rb") as source:
        data = source.read()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    header, out, body = json.loads(data[8:end]), {}, b""
    for name, entry in header.items():
        if name.startswith("cnn."):
            first, last = entry["data_offsets"]
            out[name[4:]] = {**entry, "data_offsets": [len(body), len(body) + last - first]}
            body += data[end + first:end + last]
    text = json.dumps(out).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as target:
        target.write(struct.pack("<Q", len(text)) + text + body)


def write_common_files(folder, tools):
    """The files that every scenario starts from."""
    def tool(words):
        subprocess.run([os.path.join(tools, words.split()[0]), *words.split()[1:]], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    tool("tagdata scenes -q --images 24 --size 32 --seed 3 --threads 1 scenes")
    for name, text in CONFIGS.items():
        write(folder, name, text)
    tool("tagtrain -q -c small.toml -o other --set train.epochs=1")   # somebody's run, which must stay as it is
    split_weights(f"{folder}/other/best.safetensors", f"{folder}/cnn.safetensors")
    write(folder, "notes.txt", "mine\n")
    write(folder, "scenes/images/mine.txt", "mine\n")
    # Longer than the buffer of a stream, so that reading takes several calls.
    write(folder, "page.md", "<!-- suite: tiny -->\nold\n<!-- end of suite -->\n" + "the rest\n" * 3000)
    for picture in ("000001", "000004"):
        write(folder, f"scenes/images/{picture}.jpg.xmp", SIDECAR.format("notes " * 3000))
    for name in os.listdir(f"{folder}/scenes/images"):   # the name of a feature cache depends on the times of its pictures
        os.utime(f"{folder}/scenes/images/{name}", (1e9, 1e9))


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
