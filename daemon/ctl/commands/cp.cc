// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/copier.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/ctl/terminal/interrupt.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

namespace famfs::ctl {

namespace {

constexpr unsigned most_threads = 64;
constexpr unsigned usual_threads = 8; ///< saturate the memory of one socket

struct Options {
    Arguments arguments;
    CopyRules rules;
    StripingOptions stripes;
    std::optional<std::uint64_t> threads;
    bool recursive = false;
    bool exact_name = false;
};

std::uint64_t default_threads() {
    return std::clamp(std::thread::hardware_concurrency(), 1U, usual_threads);
}

/// @files: that were to be copied.
std::string summary(const Target &target, const Copier &copier, std::uint64_t files) {
    const Committed &committed = target.committed();
    std::string text = std::to_string(committed.files) + " of " + base::count_of(files, "file", "files") +
                       " copied (" + base::human_size(committed.bytes) + ")";
    if (copier.skipped() != 0)
        text += ", " + std::to_string(copier.skipped()) + " skipped: they are there with the same size";
    return text;
}

int end(const Target &target, const Copier &copier, const CopyList &list) {
    constexpr int by_signal = 128;
    const auto files =
        static_cast<std::uint64_t>(std::ranges::count(list.items, false, &CopyItem::directory));
    const std::string text = summary(target, copier, files);
    if (const int signal = interrupted(); signal != 0) {
        complain("interrupted: " + text + "; the same command goes on from here");
        return by_signal + signal;
    }
    if (copier.skipped() != 0)
        std::printf("%s\n", text.c_str());
    return list.errors.empty() && copier.failed() == 0 ? exit_ok : exit_failed;
}

base::Expected<int> run(Options &options) {
    const auto striping = FAMFS_TRY(options.stripes.striping());
    auto target = FAMFS_TRY(Target::open(options.arguments));
    target->set_threads(options.threads.value_or(default_threads()));
    options.rules.striping = striping;
    const CopyList list = list_copies(options.arguments.rest, *target, options.recursive, options.exact_name);
    for (const base::Error &error : list.errors)
        complain(error.message());
    catch_interrupts();
    Progress progress(list.bytes);
    Copier copier(*target, options.rules, progress);
    FAMFS_TRY(copier.copy(list.items));
    progress.clear();
    return end(*target, copier, list);
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 2);
    line.flag("-r,--recursive", options->recursive, "Directories with everything in them");
    line.flag("-T,--no-target-directory", options->exact_name,
              "DESTINATION is the copy's own name also where it is a directory that exists");
    line.flag("--checksum", options->rules.compare,
              "Also compare the bytes of files that are there already with the same size");
    line.number("-t,--threads", options->threads, {1, most_threads},
                "Files copied at once (default: one for each CPU, at most 8)");
    options->rules.owner.declare(line);
    options->stripes.declare(line);
    return [options] { return run(*options); };
}

} // namespace

const Command cp_command = {
    .name = "cp",
    .arguments = "DEVICE SOURCE... DESTINATION",
    .summary = "Copy files and directories into a file system",
    .notes =
        "Examples:\n"
        "  famfsctl cp /dev/dax0.0 model.bin /                        as /model.bin\n"
        "  famfsctl cp -r /tmp/pool.img datasets /                    a tree\n"
        "  famfsctl cp --strips 8 --chunk 2M /dev/dax0.0 --secondary /dev/dax1.0 big.bin /big.bin\n"
        "DESTINATION is a path in the file system. Mode and owner are the source's unless given; --mode is "
        "for "
        "files.\n"
        "FAMFS_ALLOC_CONFIG names a file with defaults for striping, as famfs keeps them in "
        ".meta/.alloc.cfg.\n"
        "  famfsctl cp -r -T /tmp/pool.img datasets /two              a tree under another name\n"
        "Names are used once: nothing is replaced. A path has at most 79 bytes. There are no empty files.\n"
        "The same command again goes on where one was interrupted: files that are there with the same size "
        "are "
        "skipped,\n"
        "and one with another size is an error.\n"
        "Exit status: 0 all are there, 1 something is not; what was copied stays. 130 interrupted.",
    .add = add,
};

} // namespace famfs::ctl
