// SPDX-License-Identifier: GPL-2.0-only
// Reads a famfs: superblock and log header first, then the log, as often and as far as there is more of it. Whoever
// reads a log reads it with this: a mount, a checker, one that follows what another host appends.
#pragma once

#include "daemon/media/check/claims.h"
#include "daemon/media/check/entry_report.h"
#include "daemon/media/check/refusal.h"
#include "daemon/media/tree/file_system.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace famfs::media {

/// One thread. However a log is cut into pieces, the same is served of it, with the same problems (but for those
/// about a device that is not at hand, which come once a piece).
class LogReader {
public:
    /// @primary: at least 2 MiB + log_len bytes from the start of the primary device; kept by nobody.
    /// @device_sizes: as for FileSystem::parse().
    LogReader(std::span<const std::byte> primary, std::span<const std::uint64_t> device_sizes);

    /// Why nothing can be served; then there is nothing to feed.
    [[nodiscard]] const std::optional<base::Error> &refusal() const { return refusal_; }
    /// The entry that comes next. It stays where the log cannot be followed further.
    [[nodiscard]] std::uint64_t next() const { return fs_.usage_.log_used; }
    /// @entries: the bytes of the log's entries from next() on. Reads them up to the first that is not whole or is
    /// unknown, and returns how many. A last one that is not whole may be whole later.
    std::uint64_t feed(std::span<const std::byte> entries);
    /// What has been read. The next feed() moves its nodes.
    [[nodiscard]] const FileSystem &file_system() const { return fs_; }
    [[nodiscard]] const Problems &problems() const { return problems_.list(); }
    /// Hands it over: there is nothing more to feed.
    Inspection finish() &&;

private:
    struct MissingDevice {
        std::uint64_t first_entry;
        std::size_t at; ///< byte in that entry
        std::uint64_t files;
    };
    struct Place {
        std::uint64_t parent;
        std::string_view name;
    };

    void refuse(Refusal refusal, const char *operation);
    void add_primary(std::uint64_t size);
    void add_fixed_nodes();
    bool read_entry(const LogEntry &entry, std::uint64_t end);
    void prefetch_name(const LogEntry &entry) const;
    void report_incomplete(const LogEntry &entry, std::uint64_t end);
    void report_unknown(const LogEntry &entry, std::uint64_t end, EntryReport &report);
    void apply_file(const LogEntry &entry, EntryReport &report);
    FileMapView take_map(const FilePayload &file, std::uint64_t nodeid);
    void apply_mkdir(const LogEntry &entry, EntryReport &report);
    void apply_device(const LogEntry &entry, EntryReport &report);
    bool check_device(const DevicePayload &device, EntryReport &report);
    void add_device(std::uint64_t recorded, const base::Uuid &uuid);
    std::optional<Place> locate(const Path &path, std::size_t at, EntryReport &report);
    [[nodiscard]] std::optional<std::uint64_t> owner_of(std::uint64_t parent, std::string_view name) const;
    std::optional<std::uint64_t> find_directory(std::string_view path);
    void refuse_conflicts(std::uint64_t first, std::span<const std::byte> entries);
    void report_missing_devices();
    void count();

    std::vector<std::uint64_t> sizes_;
    FileSystem fs_;
    std::optional<base::Error> refusal_;
    ProblemList problems_;
    Claims claims_;
    bool damaged_ = false; ///< nothing beyond next() is ever read
    /// Of this feed().
    std::map<std::uint64_t, MissingDevice> missing_;
    /// Names of files that are not served because their bytes are another's, by parent: they are taken all the same.
    std::map<std::uint64_t, std::map<std::string, std::uint64_t, std::less<>>> refused_names_;
    std::string last_directory_; ///< the path that find_directory() answered last
    std::uint64_t last_directory_nodeid_ = root_nodeid;
};

} // namespace famfs::media
