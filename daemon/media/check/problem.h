// SPDX-License-Identifier: GPL-2.0-only
// What the checker finds wrong with a file system, in a form for people (message) and programs (the rest).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace famfs::media {

enum class Severity { warning, error };

struct Problem {
    static constexpr std::int64_t no_entry = -1;

    std::string code; ///< stable, kebab-case: "entry-crc", "extent-past-device"
    Severity severity = Severity::error;
    std::int64_t entry = no_entry; ///< log index, or no_entry for superblock and log header
    std::uint64_t offset = 0;      ///< byte offset on the primary device of the field
    std::string field;             ///< "relpath", "extents[3].length"
    std::string found;
    std::string expected;
    std::string message; ///< one line that names entry index, byte offset, and what to do
};

using Problems = std::vector<Problem>;

[[nodiscard]] bool has_errors(const Problems &problems);

/// Gathers problems. A hostile log can hold millions: the first @limit are kept, the rest are counted.
class ProblemList {
public:
    static constexpr std::size_t limit = 1000;

    /// Composes the message from the other members and @advice (what it means, what to do; may be empty).
    void add(Problem problem, const std::string &advice);
    [[nodiscard]] const Problems &list() const { return problems_; }
    [[nodiscard]] std::uint64_t errors() const { return errors_; }
    /// The kept ones, and one that counts the others if there are any.
    [[nodiscard]] Problems take();

private:
    Problems problems_;
    std::uint64_t errors_ = 0;
    std::uint64_t dropped_ = 0;
    bool dropped_error_ = false;
};

} // namespace famfs::media
