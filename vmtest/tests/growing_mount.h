// SPDX-License-Identifier: GPL-2.0-only
// A mount whose server gives space, and files that can grow into room that is full of old bytes.
#pragma once

#include "vmtest/tests/hooked_mount.h"

#include <algorithm>
#include <fcntl.h>
#include <linux/fuse.h>
#include <string_view>

namespace famfs::vmtest {

/// The bytes that belong at @position of a file of text; none of them repeats the one a page before.
inline std::string text(std::uint64_t position, std::uint64_t length) {
    std::string bytes(length, '\0');
    for (std::uint64_t i = 0; i < length; ++i)
        bytes[i] = static_cast<char>(((position + i) * 0x9E3779B97F4A7C15U) >> 56);
    return bytes;
}

class GrowingMount : public HookedMount {
protected:
    GrowingMount() { server.state().space.fallocate_error = 0; }

    /// A file whose @size bytes are text. The program answers for @room bytes, whatever the size.
    std::string growing(std::uint64_t nodeid, std::uint64_t size, std::uint64_t room,
                        std::uint64_t address = 0) {
        program.extent(nodeid, room, dax0, address);
        std::string path = server.file(nodeid, size);
        space_is_at(nodeid, address);
        store_bytes(server.fd(), dax0, address, text(0, size) + std::string(room - size, '\xEE'));
        return path;
    }

    void space_is_at(std::uint64_t nodeid, std::uint64_t address) {
        server.state().files[nodeid].device = dax0;
        server.state().files[nodeid].address = address;
    }

    /// The same through read(2) and through mmap(2), and as long in the server's eyes.
    void expect_contents(std::uint64_t nodeid, std::string_view expected) {
        EXPECT_EQ(server.state().files[nodeid].size, expected.size());
        std::string bytes;
        ASSERT_EQ(read_whole(server.path(nodeid), bytes), 0);
        ASSERT_EQ(bytes.size(), expected.size());
        const MappedFile mapped(server.path(nodeid), expected.size());
        const std::string_view seen(static_cast<const char *>(mapped.data()), expected.size());
        for (const std::string_view side : {std::string_view(bytes), seen}) {
            const auto [wrong, right] = std::ranges::mismatch(side, expected);
            EXPECT_EQ(wrong, side.end()) << "byte " << wrong - side.begin();
        }
    }

    [[nodiscard]] std::uint64_t asked() { return server.state().requests[FUSE_FALLOCATE]; }
};

/// pwrite(2) of all of @bytes; what it returns, or a negative errno.
inline ssize_t put(const base::Fd &file, std::string_view bytes, std::uint64_t offset) {
    const ssize_t done = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    return done < 0 ? -errno : done;
}

inline base::Fd open_for_writing(const std::string &path, int flags = 0) {
    base::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags));
    EXPECT_TRUE(file) << path << ": " << std::strerror(errno);
    return file;
}

} // namespace famfs::vmtest
