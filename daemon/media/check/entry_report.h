// SPDX-License-Identifier: GPL-2.0-only
// Problems of one log entry.
#pragma once

#include "daemon/media/check/problem.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace famfs::media {

class EntryReport {
public:
    EntryReport(std::uint64_t index, ProblemList &problems) : index_(index), problems_(problems) {}
    /// @at: byte in the entry.
    void error(const char *code, std::string field, std::size_t at, std::string found, std::string expected,
               const std::string &advice = "not served");
    void warning(const char *code, std::string field, std::size_t at, std::string found, std::string expected,
                 const std::string &advice = "");
    [[nodiscard]] std::uint64_t index() const { return index_; }

private:
    void add(Severity severity, const char *code, std::string field, std::size_t at, std::string found,
             std::string expected, const std::string &advice);

    std::uint64_t index_;
    ProblemList &problems_;
};

} // namespace famfs::media
