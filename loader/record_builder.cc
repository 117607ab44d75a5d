// SPDX-License-Identifier: GPL-2.0-only
#include "loader/record_builder.h"

#include "base/try.h"
#include "bpf/mapping.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace famfs::loader {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max(); // of a file or device
constexpr std::uint64_t smallest_chunk = 1ULL << FAMFS_CHUNK_SHIFT_MIN;
constexpr std::uint64_t largest_chunk = 1ULL << FAMFS_CHUNK_SHIFT_MAX;

std::unexpected<base::Error> refuse(const base::FileMap &file, int code, std::string reason) {
    return base::fail(code, "publish", "nodeid " + std::to_string(file.nodeid), std::move(reason));
}

std::string extent_name(const base::FileMap &file, std::size_t index) {
    const base::Extent &extent = file.extents[index];
    return (file.chunk != 0 ? "strip " : "extent ") + std::to_string(index) + " (device " +
           std::to_string(extent.device) + ", offset " + std::to_string(extent.offset) + ", length " +
           std::to_string(extent.length) + ")";
}

/// What is wrong with one extent taken alone; empty if nothing.
std::string fault_of(const base::Extent &extent, std::size_t devices) {
    if (extent.device >= devices)
        return "names a device that was not added; there are " + std::to_string(devices);
    if (extent.length == 0)
        return "is empty";
    if ((extent.offset | extent.length) % FAMFS_PAGE_SIZE != 0)
        return "is not made of whole 4096-byte pages";
    if (extent.offset > largest || extent.length > largest - extent.offset)
        return "ends past the largest address";
    return {};
}

base::Expected<void> check_file(const base::FileMap &file, std::size_t devices) {
    if (file.nodeid == 0)
        return refuse(file, EINVAL, "nodeid 0 does not exist");
    if (file.size == 0)
        return refuse(file, EINVAL, "an empty file has no record");
    if (file.size > largest)
        return refuse(file, EINVAL, std::to_string(file.size) + " bytes are more than a file can have");
    if (file.extents.empty())
        return refuse(file, EINVAL, "the file has no extent");
    if (file.extents.size() > FAMFS_EXTENTS_MAX)
        return refuse(file, EOVERFLOW,
                      std::to_string(file.extents.size()) + " extents, and a record refers to at most " +
                          std::to_string(FAMFS_EXTENTS_MAX));
    for (std::size_t i = 0; i < file.extents.size(); ++i) {
        if (std::string fault = fault_of(file.extents[i], devices); !fault.empty())
            return refuse(file, EINVAL, extent_name(file, i) + " " + fault);
    }
    return {};
}

base::Expected<void> check_list(const base::FileMap &file) {
    std::uint64_t covered = 0;
    for (std::size_t i = 0; i < file.extents.size(); ++i) {
        if (file.extents[i].length > largest - covered)
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
base::Expected<void> check_strips(const base::FileMap &file) {
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

bool continues(const famfs_extent &extent, const famfs_extent &next) {
    return next.device == extent.device && next.address == extent.address + extent.length;
}

std::vector<famfs_extent> translate(const base::FileMap &file, std::span<const std::uint32_t> cookies) {
    std::vector<famfs_extent> translated;
    translated.reserve(file.extents.size());
    std::uint64_t position = 0;
    for (const base::Extent &extent : file.extents) {
        const famfs_extent next{.position = file.chunk != 0 ? 0 : position,
                                .address = extent.offset,
                                .length = extent.length,
                                .device = cookies[extent.device],
                                .reserved = 0};
        position += extent.length;
        if (file.chunk == 0 && !translated.empty() && continues(translated.back(), next))
            translated.back().length += next.length;
        else
            translated.push_back(next);
    }
    return translated;
}

/// The number of the extent that the first byte of each step is in.
std::vector<std::uint16_t> first_of_steps(const std::vector<famfs_extent> &extents, std::uint8_t shift,
                                          std::size_t steps) {
    std::vector<std::uint16_t> first(steps);
    std::uint16_t extent = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        while (extent + 1U < extents.size() && extents[extent + 1U].position <= std::uint64_t{step} << shift)
            ++extent;
        first[step] = extent;
    }
    return first;
}

/// As short as they may be: 32 for a short list, two for each extent of a longer one.
std::uint8_t shift_of_steps(std::uint64_t covered, std::size_t extents) {
    const bool is_short = famfs_is_short(static_cast<std::uint32_t>(extents)) != 0;
    const std::uint64_t most = is_short ? std::uint64_t{FAMFS_STEPS_IN_RECORD} : 2 * extents;
    std::uint8_t shift = FAMFS_CHUNK_SHIFT_MIN;
    while ((covered - 1) >> shift >= most)
        ++shift;
    return shift;
}

void finish_list(BuiltRecord &built) {
    const std::vector<famfs_extent> &extents = built.elements;
    const std::uint64_t covered = extents.back().position + extents.back().length;
    built.record.kind = FAMFS_RECORD_LIST;
    built.record.shift = shift_of_steps(covered, extents.size());
    if (famfs_is_short(built.record.extents)) {
        std::ranges::copy(first_of_steps(extents, built.record.shift, FAMFS_STEPS_IN_RECORD),
                          built.record.steps.first);
        return;
    }
    const auto steps = static_cast<std::uint32_t>(((covered - 1) >> built.record.shift) + 1);
    const auto first = first_of_steps(extents, built.record.shift, steps);
    built.record.steps.count = steps;
    for (std::size_t done = 0; done < steps; done += FAMFS_STEPS_PER_SLOT) {
        famfs_slot slot{};
        std::copy_n(first.begin() + static_cast<std::ptrdiff_t>(done),
                    std::min<std::size_t>(FAMFS_STEPS_PER_SLOT, steps - done), slot.first);
        built.elements.push_back(std::bit_cast<famfs_extent>(slot));
    }
}

famfs_reciprocal reciprocal_of(std::uint64_t strips) {
    const auto shift = static_cast<unsigned>(FAMFS_RECIPROCAL_BITS + std::bit_width(strips - 1));
    return {.multiplier = static_cast<std::uint32_t>(((1ULL << shift) + strips - 1) / strips),
            .shift = static_cast<std::uint8_t>(shift),
            .reserved = {}};
}

bool fits_in_record(const famfs_extent &strip) {
    return strip.device >> (64 - FAMFS_STRIP_PAGE_BITS) == 0 &&
           (strip.address / FAMFS_PAGE_SIZE) >> FAMFS_STRIP_PAGE_BITS == 0;
}

void pack_strips(BuiltRecord &built) {
    built.record.kind = FAMFS_RECORD_PACKED;
    built.record.packed.reciprocal = reciprocal_of(built.record.extents);
    std::ranges::transform(built.elements, built.record.packed.strip, [](const famfs_extent &strip) {
        return std::uint64_t{strip.device} << FAMFS_STRIP_PAGE_BITS | strip.address / FAMFS_PAGE_SIZE;
    });
    built.elements.clear();
}

void finish_strips(BuiltRecord &built, std::uint64_t chunk) {
    built.record.shift = static_cast<std::uint8_t>(std::countr_zero(chunk));
    if (built.elements.size() <= FAMFS_STRIPS_IN_RECORD &&
        std::ranges::all_of(built.elements, fits_in_record)) {
        pack_strips(built);
        return;
    }
    built.record.kind = FAMFS_RECORD_INTERLEAVED;
    built.record.reciprocal = reciprocal_of(built.record.extents);
}

/// One strip is one extent: the chunks follow each other.
void finish_simple(BuiltRecord &built) {
    built.record.kind = FAMFS_RECORD_SIMPLE;
    built.record.extents = 0;
    built.record.extent = built.elements.front();
    built.elements.clear();
}

} // namespace

enum famfs_status BuiltRecord::map(std::uint64_t position, famfs_answer &answer) const {
    const famfs_plain_list list{.first = elements.data(), .count = elements.size()};
    return famfs_map_record(&record, &list, record.nodeid, position, &answer);
}

base::Expected<BuiltRecord> build_record(const base::FileMap &file, std::span<const std::uint32_t> cookies) {
    FAMFS_TRY(check_file(file, cookies.size()));
    FAMFS_TRY(file.chunk != 0 ? check_strips(file) : check_list(file));

    BuiltRecord built;
    built.record.nodeid = file.nodeid;
    built.record.size = file.size;
    built.record.generation = file.generation;
    built.elements = translate(file, cookies);
    built.record.extents = static_cast<std::uint16_t>(built.elements.size());
    if (built.elements.size() == 1)
        finish_simple(built);
    else if (file.chunk != 0)
        finish_strips(built, file.chunk);
    else
        finish_list(built);
    return built;
}

} // namespace famfs::loader
