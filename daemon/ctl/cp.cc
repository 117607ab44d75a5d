// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/copier.h"
#include "daemon/ctl/interrupt.h"

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

} // namespace

Action add_cp(CommandLine &line) {
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

} // namespace famfs::ctl
