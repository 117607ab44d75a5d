// SPDX-License-Identifier: GPL-2.0-only
// Any superblock and log: no crash, nothing served that must not be, messages that say where, and a log that
// is taken for sound stays so when it is appended to.
#include "daemon/media/author.h"
#include "daemon/media/json.h"
#include "tests/fuzz/log_input.h"
#include "tests/support/served.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace famfs::test {
namespace {

using media::Author;
using media::FileSystem;

constexpr std::uint64_t most_chunks = 128; ///< of a file that are looked up
constexpr std::uint64_t metadata_size = media::log_offset + media::min_log_length;

[[noreturn]] void stop(const std::string &why) {
    (void)std::fprintf(stderr, "log_fuzz: %s\n", why.c_str());
    std::abort();
}

void require(bool condition, const std::string &why) {
    if (!condition)
        stop(why);
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
        static const auto memory = std::make_unique<std::byte[]>(metadata_size);
        return {memory.get(), metadata_size};
    }
    [[nodiscard]] std::uint64_t checksum() const {
        return media::crc32_of(bytes().data(), sizeof(media::Superblock)) << 32 |
               media::crc32_of(bytes().data() + media::log_offset, used_ - media::log_offset);
    }

private:
    static constexpr std::size_t spare = 8; ///< slots behind the entries that a test may append to
    std::uint64_t used_;
};

std::vector<std::uint64_t> sizes_of(std::uint8_t settings) {
    const std::uint64_t size = 4 * media::gibibyte;
    return {(settings & small_primary) != 0 ? size / 2 : size, (settings & second_at_hand) != 0 ? size : 0,
            (settings & third_at_hand) != 0 ? size / 4 : 0};
}

void check_message(const media::Problem &problem) {
    if (problem.code == "more-problems")
        return;
    require(problem.message.find("byte " + std::to_string(problem.offset) + ",") != std::string::npos,
            "a message without its byte: " + problem.message);
    for (const char c : problem.message)
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a control character in a message");
    require(!media::to_text(media::to_json(problem)).empty(), "no JSON");
}

/// Nothing that was there changes, and the checker has nothing to say to what came.
void append(const FileSystem &checked, const std::vector<std::uint64_t> &sizes) {
    const auto write_back = media::write_back_to_page_cache();
    auto author = Author::open(Primary::bytes(), checked, *write_back);
    if (!author)
        return;
    require(!media::has_errors(checked.problems()), "a writer on a log with errors");
    const bool directory = author->make_directory("new directory", {}, false).has_value();
    for (const media::Striping striping : {media::Striping{}, media::Striping{.strips = 3}})
        if (auto file =
                author->prepare(directory ? "new directory/" + std::to_string(striping.strips) : "new file",
                                9 * media::mebibyte, {}, striping))
            require(author->commit(*file).has_value(), "a prepared file could not be committed");
    const auto after = FileSystem::parse(Primary::bytes(), sizes);
    require(after.has_value(), "a log that was appended to is refused");
    // A writer sets next_seqnum right, so what was said of it may go.
    require(after->problems().size() <= checked.problems().size(),
            "what was appended has a problem: " +
                (after->problems().empty() ? "" : after->problems().back().message));
    require(after->nodes().size() >= checked.nodes().size(), "a node went");
    for (const media::Node &node : checked.nodes()) {
        const media::Node *still = after->find(node.nodeid);
        require(still != nullptr && still->name == node.name, "a node changed");
    }
    if (const auto fault = ServedCheck(*after, most_chunks).fault())
        stop("after an append: " + *fault);
}

void check(LogInput input) {
    input.repair();
    const Primary primary(input);
    const std::uint64_t before = primary.checksum();
    const std::vector<std::uint64_t> sizes = sizes_of(input.settings);
    const media::Inspection inspection = FileSystem::inspect(Primary::bytes(), sizes);
    (void)media::recorded_device_sizes(Primary::bytes());
    require(primary.checksum() == before, "the image was written to");
    for (const media::Problem &problem : inspection.problems)
        check_message(problem);
    if (!inspection.file_system) {
        require(inspection.error.code != 0 && media::has_errors(inspection.problems),
                "refused without a reason");
        return;
    }
    if (const auto fault = ServedCheck(*inspection.file_system, most_chunks).fault())
        stop(*fault);
    append(*inspection.file_system, sizes);
}

} // namespace
} // namespace famfs::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    famfs::test::check(famfs::test::LogInput::read(std::as_bytes(std::span(data, size))));
    return 0;
}
