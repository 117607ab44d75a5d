// SPDX-License-Identifier: GPL-2.0-only
// A broken image is the sample (tests/support/media_image.h) and one damage; what the checker must say to it
// is a line of a table. Offsets in the tables are written as the format page numbers them, not taken from our
// structs.
#pragma once

#include "tests/support/media_image.h"

#include <cerrno>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace famfs::test {

/// The sample, privately mapped, so that a variant costs the pages it changes.
class Image {
public:
    Image();

    template <class T>
    [[nodiscard]] T get(std::uint64_t offset) const {
        return media::snapshot<T>(bytes, offset);
    }
    template <class T>
    void put(std::uint64_t offset, const T &value) {
        media::store(bytes, offset, value);
    }
    /// Only the first @size bytes are there; the sanitizer watches their end. Larger: zeros after.
    void resize(std::uint64_t size);
    /// From here on a write to the image ends the test program.
    void seal();

    std::span<std::byte> bytes;
    std::vector<std::uint64_t> sizes = sample_sizes(); ///< of the devices, as the caller of the parser says

private:
    base::Memory memory_;
    std::vector<std::byte> resized_;
};

using Damage = std::function<void(Image &)>;

/// One thing the checker must say, no more and no less.
struct Finding {
    std::string code;
    media::Severity severity;
    std::int64_t entry;
    std::uint64_t offset;
};

struct Variant {
    std::string name;
    Damage damage;
    std::vector<Finding> findings = {};
    std::set<std::uint64_t> lost = {}; ///< log indexes of files and directories that are not served
    int refusal = 0;                   ///< nothing is served at all: errno of parse()
};

/// Runs one line and the properties that hold for every image: nothing is written, messages name entry and
/// byte, what is served is safe, nobody can write to what has errors.
void expect_findings(const Variant &variant);
void expect_findings(const std::vector<Variant> &variants);

// Findings. @at: byte in the structure.
inline Finding superblock_error(const char *code, std::uint64_t at) {
    return {code, media::Severity::error, media::Problem::no_entry, at};
}
inline Finding superblock_warning(const char *code, std::uint64_t at) {
    return {code, media::Severity::warning, media::Problem::no_entry, at};
}
inline Finding log_error(const char *code, std::uint64_t at) {
    return superblock_error(code, 0x200000 + at);
}
inline Finding log_warning(const char *code, std::uint64_t at) {
    return superblock_warning(code, 0x200000 + at);
}
inline std::uint64_t entry_at(std::uint64_t index, std::uint64_t at) {
    return 0x200000 + 48 + 544 * index + at;
}
inline Finding error(const char *code, std::uint64_t index, std::uint64_t at) {
    return {code, media::Severity::error, static_cast<std::int64_t>(index), entry_at(index, at)};
}
inline Finding warning(const char *code, std::uint64_t index, std::uint64_t at) {
    return {code, media::Severity::warning, static_cast<std::int64_t>(index), entry_at(index, at)};
}

/// All files and directories from @index on.
inline std::set<std::uint64_t> lost_from(std::uint64_t index) {
    std::set<std::uint64_t> lost;
    for (; index < sample_entries; index++)
        if (index != second_device)
            lost.insert(index);
    return lost;
}

// Damage. These make the CRC right again...
template <class Change>
Damage superblock(Change change) {
    return [change](Image &image) {
        auto value = image.get<media::Superblock>(0);
        change(value);
        value.crc = media::crc_of(value);
        image.put(0, value);
    };
}
template <class Change>
Damage log_header(Change change) {
    return [change](Image &image) {
        auto value = image.get<media::LogHeader>(media::log_offset);
        change(value);
        value.crc = media::crc_of(value);
        image.put(media::log_offset, value);
    };
}
template <class Change>
Damage entry(std::uint64_t index, Change change) {
    return [index, change](Image &image) {
        auto value = image.get<media::LogEntry>(entry_at(index, 0));
        change(value);
        value.crc = media::crc_of(value);
        image.put(entry_at(index, 0), value);
    };
}
/// ... and these write one field, whatever the CRC.
template <class T>
Damage raw(std::uint64_t offset, T value) {
    return [offset, value](Image &image) { image.put(offset, value); };
}

inline Damage both(const Damage &first, const Damage &second) {
    return [first, second](Image &image) {
        first(image);
        second(image);
    };
}
inline void undamaged(Image &) {}

/// A field as the format page lists it.
struct Field {
    const char *name;
    std::uint64_t at;
    std::size_t size;
};

/// A field's value, changed in every simple way: all zeros, all ones, one more, one less.
struct FieldValue {
    std::string name;
    Damage damage; ///< leaves the CRC alone
};
std::vector<FieldValue> field_values(const std::vector<Field> &fields, std::uint64_t structure);

} // namespace famfs::test
