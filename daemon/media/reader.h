// SPDX-License-Identifier: GPL-2.0-only
// The rules for one superblock, one log header, one path, one log entry. Each check looks at a copy that its
// caller took once (bytes.h), adds what it finds to a ProblemList and says whether the thing can be used.
#pragma once

#include "daemon/media/claims.h"
#include "daemon/media/file_system.h"
#include "daemon/media/layout.h"
#include "daemon/media/problem.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace famfs::media {

/// 0, or the errno that refuses the whole file system: EMEDIUMTYPE (no famfs here), ENOTSUP (a version we do
/// not know), EUCLEAN (broken).
using Refusal = int;

/// @device_size: bytes of the primary at hand. Reads the first 200 bytes.
Refusal check_superblock(std::span<const std::byte> primary, std::uint64_t device_size,
                         Superblock &superblock, ProblemList &problems);
/// @superblock has been checked. Bounds next_index by the slots in the copy it returns.
Refusal check_log_header(std::span<const std::byte> primary, const Superblock &superblock, LogHeader &header,
                         ProblemList &problems);

/// The bytes of a path up to its NUL, and what is wrong with it.
struct PathCheck {
    std::string_view path;
    const char *code = nullptr; ///< nullptr: nothing
    const char *expected = nullptr;
};
/// @field must outlive the result.
PathCheck check_path(const Path &field);
/// The same rules for a path that a person typed; without the NUL rule. At most max_path bytes.
PathCheck check_path(std::string_view path);

/// Reports about one log entry.
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

/// seqnum and CRC: whether the entry is there, whole.
bool entry_complete(const LogEntry &entry, std::uint64_t index);
/// Bytes that the format leaves unused are zero; otherwise a warning.
void check_reserved(const LogEntry &entry, EntryReport &report);

struct FileCheck {
    bool usable = true;                          ///< the file obeys every rule
    std::optional<std::uint64_t> missing_device; ///< the first that an extent names and that is not at hand
    std::size_t missing_at = 0;                  ///< byte in the entry where it is named
};
/// @entry is complete and of type file. Extents that lie inside their devices go to @claims, also if the file
/// is not usable.
FileCheck check_file(const LogEntry &entry, const Superblock &superblock,
                     std::span<const DeviceEntry> devices, Claims &claims, EntryReport &report);

} // namespace famfs::media
