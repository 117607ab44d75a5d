// SPDX-License-Identifier: GPL-2.0-only
// What every fuzzer of the media format asks of a parser's answer; an answer that breaks it ends the run.
#pragma once

#include "daemon/media/tree/json.h"
#include "daemon/media/tree/log_reader.h"
#include "daemon/media/write/author.h"
#include "tests/fuzz/log_input.h"
#include "tests/support/served.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace famfs::test {

[[noreturn]] inline void stop(const std::string &why) {
    (void)std::fprintf(stderr, "fuzz: %s\n", why.c_str());
    std::abort();
}

/// @why: parts of the message, put together only if it is needed.
template <class... Parts>
void require(bool condition, const Parts &...why) {
    if (!condition)
        stop((std::string() + ... + why));
}

/// Superblock and log of the primary, on the heap, where the sanitizer watches both ends. One at a time.
class Primary {
public:
    explicit Primary(const LogInput &input) : used_(media::entry_offset(input.entries.size() + spare)) {
        media::store(bytes(), 0, input.superblock);
        media::store(bytes(), media::log_offset, input.header);
        for (std::size_t i = 0; i < input.entries.size(); i++)
            media::store(bytes(), media::entry_offset(i), input.entries[i]);
    }
    Primary(const Primary &) = delete;
    Primary &operator=(const Primary &) = delete;
    ~Primary() {
        std::memset(bytes().data(), 0, sizeof(media::Superblock));
        std::memset(bytes().data() + media::log_offset, 0, used_ - media::log_offset);
    }
    [[nodiscard]] static std::span<std::byte> bytes() {
        static constexpr std::uint64_t size = media::log_offset + media::min_log_length;
        static const auto memory = std::make_unique<std::byte[]>(size);
        return {memory.get(), size};
    }
    [[nodiscard]] std::uint64_t checksum() const {
        return media::crc32_of(bytes().data(), sizeof(media::Superblock)) << 32 |
               media::crc32_of(bytes().data() + media::log_offset, used_ - media::log_offset);
    }

private:
    static constexpr std::size_t spare = 8; ///< slots after the entries that a test may append to
    std::uint64_t used_;
};

inline std::vector<std::uint64_t> sizes_of(std::uint8_t settings) {
    const std::uint64_t size = 4 * media::gibibyte;
    return {(settings & small_primary) != 0 ? size / 2 : size, (settings & second_at_hand) != 0 ? size : 0,
            (settings & third_at_hand) != 0 ? size / 4 : 0};
}

inline void check_message(const media::Problem &problem) {
    if (problem.code == "more-problems")
        return;
    require(problem.message.find("byte " + std::to_string(problem.offset) + ",") != std::string::npos,
            "a message without its byte: ", problem.message);
    require(std::ranges::none_of(problem.message,
                                 [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); }),
            "a control character in a message: ", problem.message);
    require(!media::to_text(media::to_json(problem)).empty(), "no JSON");
}

/// Of a file with more chunks only the first and the last ones are looked up.
inline void check_served(const media::FileSystem &fs) {
    constexpr std::uint64_t most_chunks = 128;
    if (const auto fault = ServedCheck(fs, most_chunks).fault())
        stop(*fault);
}

/// A log that is taken for sound stays so when it is appended to: nothing that was there changes, and the
/// checker has nothing to say to what came.
inline void check_append(const media::FileSystem &checked, const std::vector<std::uint64_t> &sizes) {
    const auto write_back = media::write_back_to_page_cache();
    auto author = media::Author::open(Primary::bytes(), checked, *write_back);
    if (!author)
        return;
    require(!media::has_errors(checked.problems()), "a writer on a log with errors");
    const bool directory = author->make_directory("new directory", {}, false).has_value();
    for (const media::Striping striping : {media::Striping{}, media::Striping{.strips = 3}})
        if (auto file =
                author->prepare(directory ? "new directory/" + std::to_string(striping.strips) : "new file",
                                9 * media::mebibyte, {}, striping))
            require(author->commit(*file).has_value(), "a prepared file could not be committed");
    const auto after = media::FileSystem::parse(Primary::bytes(), sizes);
    require(after.has_value(), "a log that was appended to is refused");
    // A writer sets next_seqnum right, so what was said of it may go.
    require(after->problems().size() <= checked.problems().size(), "what was appended has a problem: ",
            after->problems().empty() ? "" : after->problems().back().message);
    require(after->nodes().size() >= checked.nodes().size(), "a node went");
    for (const media::Node &node : checked.nodes()) {
        const media::Node *still = after->find(node.nodeid);
        require(still != nullptr && still->name == node.name, "a node changed");
    }
    check_served(*after);
}

inline bool same_node(const media::Node &left, const media::Node &right) {
    return left.nodeid == right.nodeid && left.parent == right.parent && left.name == right.name &&
           left.directory == right.directory && left.mode == right.mode && left.uid == right.uid &&
           left.gid == right.gid && left.map.size == right.map.size && left.map.chunk == right.map.chunk &&
           std::ranges::equal(left.map.extents, right.map.extents);
}

/// A log that comes in pieces gives the same file system as one that comes whole. Each length of a piece is tried
/// in turn, from 1 on.
inline void check_pieces(const media::FileSystem &whole, const std::vector<std::uint64_t> &sizes) {
    media::LogReader reader(Primary::bytes(), sizes);
    require(!reader.refusal(), "a log is refused the second time");
    const std::uint64_t end = whole.log_header().next_index;
    for (std::uint64_t length = 1; reader.next() < end; length++) {
        const std::uint64_t most = std::min(length, end - reader.next());
        const auto piece =
            Primary::bytes().subspan(media::entry_offset(reader.next()), most * sizeof(media::LogEntry));
        if (reader.feed(piece) < most)
            break;
    }
    const media::FileSystem &pieces = reader.file_system();
    require(pieces.usage() == whole.usage(), "other usage in pieces");
    require(std::ranges::equal(pieces.nodes(), whole.nodes(), same_node), "other nodes in pieces");
    for (const media::Node &node : whole.nodes())
        require(std::ranges::equal(pieces.children(node.nodeid), whole.children(node.nodeid)),
                "other children in pieces");
}

/// Puts @input on the primary and asks everything; then @more, with the file system that came of it.
template <class More>
void check_log(const LogInput &input, const std::vector<std::uint64_t> &sizes, More more) {
    const Primary primary(input);
    const std::uint64_t before = primary.checksum();
    const media::Inspection inspection = media::FileSystem::inspect(Primary::bytes(), sizes);
    (void)media::recorded_device_sizes(Primary::bytes());
    require(primary.checksum() == before, "the image was written to");
    for (const media::Problem &problem : inspection.problems)
        check_message(problem);
    if (!inspection.file_system) {
        require(inspection.error.code != 0 && media::has_errors(inspection.problems),
                "refused without a reason");
        return;
    }
    check_served(*inspection.file_system);
    check_pieces(*inspection.file_system, sizes);
    more(*inspection.file_system);
    check_append(*inspection.file_system, sizes);
}

} // namespace famfs::test
