// SPDX-License-Identifier: GPL-2.0-only
#include "loader/record_builder.h"

#include <bit>
#include <limits>

namespace famfs::loader {
namespace {

constexpr std::uint64_t smallest_chunk = 1ULL << FAMFS_CHUNK_SHIFT_MIN;
constexpr std::uint64_t largest_chunk = 1ULL << FAMFS_CHUNK_SHIFT_MAX;

std::unexpected<base::Error> refuse(const FileMap &file, int code, std::string reason) {
    return base::fail(code, "publish", "nodeid " + std::to_string(file.nodeid), std::move(reason));
}

std::string extent_name(const FileMap &file, std::size_t index) {
    const Extent &extent = file.extents[index];
    return (file.chunk != 0 ? "strip " : "extent ") + std::to_string(index) + " (device " +
           std::to_string(extent.device) + ", offset " + std::to_string(extent.offset) + ", length " +
           std::to_string(extent.length) + ")";
}

/// What is wrong with one extent taken alone; empty if nothing.
std::string fault_of(const Extent &extent, std::size_t devices) {
    if (extent.device >= devices)
        return "names a device that was not added; there are " + std::to_string(devices);
    if (extent.length == 0)
        return "is empty";
    if ((extent.offset | extent.length) % FAMFS_PAGE_SIZE != 0)
        return "is not made of whole 4096-byte pages";
    if (extent.offset > std::numeric_limits<std::uint64_t>::max() - extent.length)
        return "ends past the largest address";
    return {};
}

base::Expected<void> check_file(const FileMap &file, std::size_t devices, std::size_t most_extents) {
    if (file.nodeid == 0)
        return refuse(file, EINVAL, "nodeid 0 does not exist");
    if (file.size == 0)
        return refuse(file, EINVAL, "an empty file has no record");
    if (file.extents.empty())
        return refuse(file, EINVAL, "the file has no extent");
    if (file.extents.size() > most_extents)
        return refuse(file, E2BIG,
                      std::to_string(file.extents.size()) + " extents, and this backend holds " +
                          std::to_string(most_extents) + " for a file");
    for (std::size_t i = 0; i < file.extents.size(); ++i) {
        if (std::string fault = fault_of(file.extents[i], devices); !fault.empty())
            return refuse(file, EINVAL, extent_name(file, i) + " " + fault);
    }
    return {};
}

base::Expected<void> check_list(const FileMap &file) {
    std::uint64_t covered = 0;
    for (std::size_t i = 0; i < file.extents.size(); ++i) {
        if (covered > std::numeric_limits<std::uint64_t>::max() - file.extents[i].length)
            return refuse(file, EINVAL, extent_name(file, i) + " makes the file longer than a file can be");
        covered += file.extents[i].length;
    }
    if (covered < file.size)
        return refuse(file, EINVAL,
                      "the extents hold " + std::to_string(covered) + " bytes, the file has " +
                          std::to_string(file.size));
    return {};
}

/// Strip s holds the chunks s, s + strips, s + 2 * strips, ... of the file, each of them whole.
base::Expected<void> check_strips(const FileMap &file) {
    if (!std::has_single_bit(file.chunk) || file.chunk < smallest_chunk || file.chunk > largest_chunk)
        return refuse(file, EINVAL,
                      "chunk size " + std::to_string(file.chunk) +
                          " is not a power of two from 4096 to 2^40");
    const std::uint64_t strips = file.extents.size();
    const std::uint64_t chunks = (file.size - 1) / file.chunk + 1;
    for (std::uint64_t s = 0; s < strips && s < chunks; ++s) {
        const std::uint64_t held = (chunks - s - 1) / strips + 1;
        if (file.extents[s].length / file.chunk < held)
            return refuse(file, EINVAL,
                          extent_name(file, s) + " must hold " + std::to_string(held) + " chunks of " +
                              std::to_string(file.chunk) + " bytes");
    }
    return {};
}

std::vector<famfs_extent> translate(const FileMap &file, std::span<const std::uint32_t> cookies) {
    std::vector<famfs_extent> translated;
    translated.reserve(file.extents.size());
    std::uint64_t position = 0;
    for (const Extent &extent : file.extents) {
        translated.push_back({.position = file.chunk != 0 ? 0 : position,
                              .address = extent.offset,
                              .length = extent.length,
                              .device = cookies[extent.device],
                              .reserved = 0});
        position += extent.length;
    }
    return translated;
}

} // namespace

base::Expected<BuiltRecord> build_record(const FileMap &file, std::span<const std::uint32_t> cookies,
                                         std::size_t most_extents) {
    if (auto sound = check_file(file, cookies.size(), most_extents); !sound)
        return std::unexpected(sound.error());
    if (auto sound = file.chunk != 0 ? check_strips(file) : check_list(file); !sound)
        return std::unexpected(sound.error());

    BuiltRecord built;
    built.record.nodeid = file.nodeid;
    built.record.size = file.size;
    built.record.generation = file.generation;
    built.extents = translate(file, cookies);
    if (built.extents.size() == 1) { // one strip is one extent: the chunks follow each other
        built.record.kind = FAMFS_RECORD_SIMPLE;
        built.record.extent = built.extents.front();
        built.extents.clear();
        return built;
    }
    built.record.kind = file.chunk != 0 ? FAMFS_RECORD_INTERLEAVED : FAMFS_RECORD_LIST;
    built.record.chunk_shift = file.chunk != 0 ? static_cast<std::uint8_t>(std::countr_zero(file.chunk)) : 0;
    built.record.extents = static_cast<std::uint16_t>(built.extents.size());
    return built;
}

} // namespace famfs::loader
