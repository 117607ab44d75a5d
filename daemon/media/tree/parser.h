// SPDX-License-Identifier: GPL-2.0-only
// One pass over superblock and log that builds a FileSystem.
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

class Parser {
public:
    Parser(std::span<const std::byte> primary, std::span<const std::uint64_t> device_sizes);
    Inspection run();

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

    Inspection refuse(Refusal refusal, const char *operation);
    void add_primary();
    void add_fixed_nodes();
    void read_entries();
    bool read_entry(std::uint64_t index);
    void prefetch_name(const LogEntry &entry) const;
    void report_incomplete(std::uint64_t index, const LogEntry &entry);
    void report_unknown(const LogEntry &entry, EntryReport &report);
    void apply_file(const LogEntry &entry, EntryReport &report);
    FileMapView take_map(const FilePayload &file, std::uint64_t nodeid);
    void apply_mkdir(const LogEntry &entry, EntryReport &report);
    void apply_device(const LogEntry &entry, EntryReport &report);
    bool check_device(const DevicePayload &device, EntryReport &report);
    void add_device(std::uint64_t recorded, const base::Uuid &uuid);
    std::optional<Place> locate(const Path &path, std::size_t at, EntryReport &report);
    std::optional<std::uint64_t> find_directory(std::string_view path);
    void refuse_conflicts();
    void report_missing_devices();
    void count();

    std::span<const std::byte> primary_;
    std::span<const std::uint64_t> sizes_;
    FileSystem fs_;
    ProblemList problems_;
    Claims claims_;
    std::map<std::uint64_t, MissingDevice> missing_;
    std::string last_directory_; ///< the path that find_directory() answered last
    std::uint64_t last_directory_nodeid_ = root_nodeid;
};

} // namespace famfs::media
