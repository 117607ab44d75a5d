// SPDX-License-Identifier: GPL-2.0-only
// The bytes of a famfs as they lie on the primary device: OMF 2.2, superblock version 48. Little-endian,
// natural alignment as on x86-64; reserved and unused bytes are zero. Every size and offset of the format's
// tables is asserted. These structs are only ever copied from and to media (bytes.h), never pointed at there.
#pragma once

#include "base/uuid.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace famfs::media {

static_assert(std::endian::native == std::endian::little, "the media format is little-endian");

inline constexpr std::uint64_t mebibyte = 1ULL << 20;
inline constexpr std::uint64_t gibibyte = 1ULL << 30;

inline constexpr std::uint64_t superblock_magic = 0x87B282FF;
inline constexpr std::uint64_t superblock_version = 48;
inline constexpr std::uint32_t omf_major = 2;
inline constexpr std::uint32_t omf_minor = 2;
/// The superblock's region, and on a secondary device the label's: no data below it.
inline constexpr std::uint64_t superblock_region = 2 * mebibyte;
inline constexpr std::uint64_t log_offset = superblock_region;
inline constexpr std::uint64_t log_magic = 0xBADCAFEF00D;
inline constexpr std::uint64_t min_log_length = 8 * mebibyte;
inline constexpr std::uint64_t min_device_size = 4 * gibibyte; ///< of a primary, to mkfs
inline constexpr std::uint64_t default_alloc_unit = 2 * mebibyte;
inline constexpr std::uint64_t small_alloc_unit = 4096;
/// What a page-table entry of the second level maps, where file and device are both aligned to it.
inline constexpr std::uint64_t huge_page = 2 * mebibyte;

inline constexpr std::size_t max_extents = 16;
inline constexpr std::size_t max_strips = 16;
inline constexpr std::size_t path_bytes = 80; ///< including the terminating NUL
inline constexpr std::size_t max_path = path_bytes - 1;

/// Superblock::flags. The format's own mkfs leaves the field alone, so 0 is a primary as well.
enum SuperblockFlags : std::uint32_t {
    superblock_primary = 1,
    superblock_secondary = 2,
};

struct Superblock {
    std::uint64_t magic;
    std::uint64_t version;
    std::uint64_t log_offset;
    std::uint64_t log_length; ///< bytes
    std::uint64_t alloc_unit; ///< bytes
    std::uint32_t omf_major;
    std::uint32_t omf_minor;
    base::Uuid uuid;        ///< of the file system
    base::Uuid device_uuid; ///< of this device
    base::Uuid system_uuid; ///< of the master host
    std::uint64_t crc;      ///< CRC-32 of everything before it
    // Outside the CRC from here on.
    std::uint32_t flags;
    std::uint32_t pad;
    std::uint64_t device_size; ///< bytes
    base::Uuid unused_uuid;
    std::array<char, 64> device_path; ///< at mkfs time; NUL padded, may lack a NUL
};
static_assert(sizeof(Superblock) == 200 && alignof(Superblock) == 8);
static_assert(offsetof(Superblock, version) == 8);
static_assert(offsetof(Superblock, log_offset) == 16);
static_assert(offsetof(Superblock, log_length) == 24);
static_assert(offsetof(Superblock, alloc_unit) == 32);
static_assert(offsetof(Superblock, omf_major) == 40);
static_assert(offsetof(Superblock, omf_minor) == 44);
static_assert(offsetof(Superblock, uuid) == 48);
static_assert(offsetof(Superblock, device_uuid) == 64);
static_assert(offsetof(Superblock, system_uuid) == 80);
static_assert(offsetof(Superblock, crc) == 96);
static_assert(offsetof(Superblock, flags) == 104);
static_assert(offsetof(Superblock, pad) == 108);
static_assert(offsetof(Superblock, device_size) == 112);
static_assert(offsetof(Superblock, unused_uuid) == 120);
static_assert(offsetof(Superblock, device_path) == 136);

struct LogHeader {
    std::uint64_t magic;
    std::uint64_t length;     ///< bytes, header included
    std::uint64_t last_index; ///< of the last slot, inclusive
    std::uint64_t crc;        ///< CRC-32 of everything before it
    // Outside the CRC from here on.
    std::uint64_t next_seqnum;
    std::uint64_t next_index; ///< how many entries there are
};
static_assert(sizeof(LogHeader) == 48);
static_assert(offsetof(LogHeader, length) == 8);
static_assert(offsetof(LogHeader, last_index) == 16);
static_assert(offsetof(LogHeader, crc) == 24);
static_assert(offsetof(LogHeader, next_seqnum) == 32);
static_assert(offsetof(LogHeader, next_index) == 40);

enum class EntryType : std::uint32_t {
    file = 0,
    mkdir = 1,
    remove = 2, ///< reserved; nothing writes it
    add_device = 3,
    invalid = 4,
};

enum class ExtentType : std::uint32_t {
    simple = 0,
    interleaved = 1,
};

/// FilePayload::flags.
enum FileFlags : std::uint32_t {
    all_hosts_read = 1,
    all_hosts_write = 2, ///< what everybody writes
};

struct MediaExtent {
    std::uint64_t device;
    std::uint64_t offset; ///< bytes from the device's start
    std::uint64_t length; ///< bytes
};
static_assert(sizeof(MediaExtent) == 24);

struct Interleaved {
    std::uint64_t strips;
    std::uint64_t chunk; ///< bytes
    std::array<MediaExtent, max_strips> strip;
};
static_assert(sizeof(Interleaved) == 400);

using Path = std::array<char, path_bytes>; ///< relative to the mount's root, NUL padded

struct FilePayload {
    std::uint64_t size; ///< bytes
    std::uint32_t flags;
    std::uint32_t uid;
    std::uint32_t gid;
    std::uint32_t mode; ///< permission bits
    Path path;
    std::uint32_t extent_type;
    std::uint32_t pad1;
    std::uint32_t extents; ///< how many; 1 for an interleaved file
    std::uint32_t pad2;
    union {
        std::array<MediaExtent, max_extents> simple;
        Interleaved interleaved;
    };
};
static_assert(sizeof(FilePayload) == 520);

struct MkdirPayload {
    std::uint32_t uid;
    std::uint32_t gid;
    std::uint32_t mode;
    Path path;
};
static_assert(sizeof(MkdirPayload) == 92);

struct DevicePayload {
    std::uint64_t size; ///< bytes
    base::Uuid uuid;
    std::uint32_t index; ///< dense from 1, in log order; 0 is the primary
};
static_assert(sizeof(DevicePayload) == 32 && offsetof(DevicePayload, index) == 24);

struct LogEntry {
    std::uint64_t seqnum; ///< its own index
    std::uint32_t type;
    std::uint32_t pad;
    union {
        FilePayload file;
        MkdirPayload mkdir;
        DevicePayload device;
    };
    std::uint64_t crc; ///< CRC-32 of everything before it
};
static_assert(sizeof(LogEntry) == 544);
static_assert(offsetof(LogEntry, type) == 8);
static_assert(offsetof(LogEntry, pad) == 12);
static_assert(offsetof(LogEntry, file.size) == 16);
static_assert(offsetof(LogEntry, file.flags) == 24);
static_assert(offsetof(LogEntry, file.uid) == 28);
static_assert(offsetof(LogEntry, file.gid) == 32);
static_assert(offsetof(LogEntry, file.mode) == 36);
static_assert(offsetof(LogEntry, file.path) == 40);
static_assert(offsetof(LogEntry, file.extent_type) == 120);
static_assert(offsetof(LogEntry, file.pad1) == 124);
static_assert(offsetof(LogEntry, file.extents) == 128);
static_assert(offsetof(LogEntry, file.pad2) == 132);
static_assert(offsetof(LogEntry, file.simple) == 136);
static_assert(offsetof(LogEntry, file.interleaved.strips) == 136);
static_assert(offsetof(LogEntry, file.interleaved.chunk) == 144);
static_assert(offsetof(LogEntry, file.interleaved.strip) == 152);
static_assert(offsetof(LogEntry, mkdir.uid) == 16);
static_assert(offsetof(LogEntry, mkdir.gid) == 20);
static_assert(offsetof(LogEntry, mkdir.mode) == 24);
static_assert(offsetof(LogEntry, mkdir.path) == 28);
static_assert(offsetof(LogEntry, device.size) == 16);
static_assert(offsetof(LogEntry, device.uuid) == 24);
static_assert(offsetof(LogEntry, device.index) == 40);
static_assert(offsetof(LogEntry, crc) == 536);

constexpr std::uint64_t divide_up(std::uint64_t value, std::uint64_t by) {
    return value / by + (value % by != 0);
}

/// The extents or strips that @file says it has, at most as many as it has room for.
inline std::span<const MediaExtent> extents_of(const FilePayload &file) {
    if (file.extent_type == static_cast<std::uint32_t>(ExtentType::simple))
        return std::span(file.simple).first(std::min<std::size_t>(file.extents, max_extents));
    return std::span(file.interleaved.strip)
        .first(std::min<std::size_t>(file.interleaved.strips, max_strips));
}

/// How many entries a log of @length bytes holds; 0 if it cannot hold its header.
constexpr std::uint64_t log_slots(std::uint64_t length) {
    return length < sizeof(LogHeader) ? 0 : (length - sizeof(LogHeader)) / sizeof(LogEntry);
}
static_assert(log_slots(8 * mebibyte) == 15420 && log_slots(256 * mebibyte) == 493447);

/// Byte on the primary device where entry @index begins.
constexpr std::uint64_t entry_offset(std::uint64_t index) {
    return log_offset + sizeof(LogHeader) + index * sizeof(LogEntry);
}

/// First byte that files may use.
constexpr std::uint64_t data_start(std::uint64_t device, std::uint64_t log_length) {
    return device == 0 ? log_offset + log_length : superblock_region;
}

constexpr bool valid_alloc_unit(std::uint64_t unit) {
    return unit == default_alloc_unit || unit == small_alloc_unit;
}

/// As the superblock's writers do: the log's length is a power of two and at least 8 MiB.
constexpr bool valid_log_length(std::uint64_t length) {
    return std::has_single_bit(length) && length >= min_log_length;
}

} // namespace famfs::media
