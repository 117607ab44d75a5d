// SPDX-License-Identifier: GPL-2.0-only
// Any log entry, after a few good ones: it is served exactly if nothing is said against it, those before it
// stay, and what is served without a word is what our own writer would have written.
#include "tests/fuzz/checks.h"
#include "tests/fuzz/entry_input.h"
#include "tests/fuzz/entry_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t max_size);

namespace famfs::test {
namespace {

using media::EntryType;
using media::LogEntry;
using media::Severity;

bool said(const media::FileSystem &fs, bool only_errors) {
    return std::ranges::any_of(fs.problems(), [only_errors](const media::Problem &problem) {
        return problem.entry == static_cast<std::int64_t>(EntryInput::index) &&
               (!only_errors || problem.severity == Severity::error);
    });
}

LogEntry written_again(const media::FileSystem &fs, const media::Node &node, std::uint32_t flags) {
    std::string path(node.name);
    if (node.parent != media::root_nodeid)
        path = std::string(fs.find(node.parent)->name) + "/" + path;
    const media::Attributes attributes{node.uid, node.gid, node.mode};
    LogEntry entry = node.directory ? media::make_directory_entry(path, attributes)
                                    : media::make_file_entry(path, node.map, attributes);
    if (!node.directory)
        entry.file.flags = flags; // everybody writes 2, and 1 is right too
    media::seal(entry, EntryInput::index);
    return entry;
}

void check_node(const media::FileSystem &fs, const LogEntry &entry) {
    require(fs.find_path("a") != nullptr && fs.find_path("a/f") != nullptr, "an entry before it went");
    const bool names = entry.type <= static_cast<std::uint32_t>(EntryType::mkdir);
    const media::Node *node = fs.find(media::first_entry_nodeid + EntryInput::index);
    const bool whole = entry.seqnum == EntryInput::index && entry.crc == media::crc_of(entry);
    if (!whole || !names)
        return require(node == nullptr, "served, though it is nothing to serve");
    require((node == nullptr) == said(fs, true), "served with an error, or not served without one");
    if (node == nullptr)
        return;
    require(node->parent != media::meta_nodeid, "among the file system's own files");
    if (said(fs, false))
        return;
    const LogEntry again = written_again(fs, *node, entry.file.flags);
    require(std::memcmp(&again, &entry, sizeof(entry)) == 0, "not what our writer writes for it");
}

} // namespace
} // namespace famfs::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto log = famfs::test::EntryInput::read(std::as_bytes(std::span(data, size))).log();
    famfs::test::check_log(log, famfs::test::sizes_of(log.settings),
                           [&log](const auto &fs) { famfs::test::check_node(fs, log.entries.back()); });
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
    famfs::test::Random random(seed);
    if (random() % 4 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    auto input = famfs::test::EntryInput::read(std::as_bytes(std::span(data, size)));
    if (random() % 8 == 0)
        input.settings ^= static_cast<std::uint8_t>(1U << random() % 7);
    for (std::size_t i = 0; i <= random() % 3; i++)
        famfs::test::change_entry(input.entry, input.entry, random);
    const auto changed = input.write();
    const std::size_t length = std::min(changed.size(), max_size);
    std::memcpy(data, changed.data(), length);
    return length;
}
