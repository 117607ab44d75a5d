// SPDX-License-Identifier: GPL-2.0-only
// Devices with a file system, opened for one session of writing.
#pragma once

#include "daemon/media/write/author.h"
#include "tests/support/media_image.h"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace famfs::test {

inline constexpr std::uint64_t unit = media::default_alloc_unit;

/// Functions that may be refused return the errno, or 0.
struct Session {
    explicit Session(const std::vector<std::uint64_t> &sizes = {4 * media::gibibyte},
                     std::uint64_t unit_of_session = unit)
        : alloc_unit(unit_of_session), devices(sizes) {
        devices.mkfs(media::min_log_length, alloc_unit);
        reopen();
    }
    void reopen() {
        author.reset();
        checked = devices.parse();
        author = sound(media::Author::open(devices.primary(), *checked, *devices.write_back));
    }
    void file(const std::string &path, std::uint64_t size, const media::Striping &striping = {}) {
        sound(author->commit(sound(author->prepare(path, size, {}, striping))));
    }
    int directory(const std::string &path, bool parents = false) {
        return code_of(author->make_directory(path, {0, 0, 0755}, parents));
    }
    int prepare(const std::string &path, std::uint64_t size = 1) {
        return code_of(author->prepare(path, size, {}, {}));
    }
    media::NewFile begin(const std::string &path) { return sound(author->begin(path, {1, 2, 0640})); }
    int grow(media::NewFile &file, std::uint64_t capacity) { return code_of(author->grow(file, capacity)); }
    void abandon(media::NewFile &file) {
        file.map.size = 0;
        author->trim(file);
        author->abandon(file);
    }
    /// Only the last @units of the first device are free then.
    void leave(std::uint64_t units) {
        sound(author->prepare("filler", author->free_bytes() - units * alloc_unit, {}, {}));
    }

    std::uint64_t alloc_unit;
    TestDevices devices;
    std::optional<media::FileSystem> checked;
    std::optional<media::Author> author;

private:
    template <class T>
    static int code_of(const base::Expected<T> &result) {
        return result ? 0 : result.error().code;
    }
};

/// Device, offset and length of each extent.
using Places = std::vector<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>>;

inline Places places(const base::FileMap &map) {
    Places places;
    for (const base::Extent &extent : map.extents)
        places.emplace_back(extent.device, extent.offset, extent.length);
    return places;
}

} // namespace famfs::test
