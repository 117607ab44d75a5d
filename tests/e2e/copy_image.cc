// SPDX-License-Identifier: GPL-2.0-only
// famfs-copy-image IMAGE DEVICE: puts a famfs from a sparse image onto a device, whatever driver the device
// has: superblock, log and the bytes of every file. Holes of the image are not read but written as zeros, and
// what belongs to no file is left as it is, so a file system of a few files on 4 GiB takes a moment.
#include "base/fd.h"
#include "bpf/abi.h"
#include "daemon/device/device.h"
#include "daemon/media/tree/file_system.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace famfs;

const std::vector<std::byte> zeros(media::mebibyte);

class Copy {
public:
    Copy(const device::Device &image, base::Fd fd, const device::Device &to)
        : image_(image), fd_(std::move(fd)), to_(to) {}

    base::Expected<void> range(std::uint64_t offset, std::uint64_t length) {
        const std::uint64_t end = offset + length;
        while (offset < end) {
            const std::uint64_t data = std::min(seek(offset, SEEK_DATA), end);
            if (auto cleared = clear(offset, data); !cleared)
                return cleared;
            offset = std::min(seek(data, SEEK_HOLE), end);
            auto bytes = image_.window(data, offset - data, "read");
            if (!bytes)
                return std::unexpected(bytes.error());
            if (auto written = to_.write(data, *bytes); !written)
                return written;
        }
        return {};
    }

private:
    /// No more data, or no more holes: the end.
    [[nodiscard]] std::uint64_t seek(std::uint64_t offset, int what) const {
        const off_t found = ::lseek(fd_.get(), static_cast<off_t>(offset), what);
        return found < 0 ? image_.size() : static_cast<std::uint64_t>(found);
    }
    base::Expected<void> clear(std::uint64_t begin, std::uint64_t end) {
        for (; begin < end; begin += std::min<std::uint64_t>(zeros.size(), end - begin))
            if (auto written = to_.write(
                    begin, std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), end - begin)));
                !written)
                return written;
        return {};
    }

    const device::Device &image_;
    base::Fd fd_;
    const device::Device &to_;
};

/// Of a file in simple extents only the pages that hold its size.
base::Expected<void> copy_file(const media::Node &file, Copy &copy) {
    std::uint64_t left = (file.map.size + FAMFS_PAGE_SIZE - 1) / FAMFS_PAGE_SIZE * FAMFS_PAGE_SIZE;
    for (const base::Extent &extent : file.map.extents) {
        if (extent.device != 0)
            return base::fail(ENOTSUP, "copy", std::string(file.name),
                              "it is not on the primary device alone");
        const std::uint64_t length = file.map.chunk != 0 ? extent.length : std::min(extent.length, left);
        if (auto copied = copy.range(extent.offset, length); !copied)
            return copied;
        left -= std::min(length, left);
    }
    return {};
}

base::Expected<void> copy_image(const char *from, const char *device) {
    auto image = device::Device::open(from, device::Access::read);
    if (!image)
        return std::unexpected(image.error());
    auto to = device::Device::open(device, device::Access::write);
    if (!to)
        return std::unexpected(to.error());
    const std::vector<std::uint64_t> sizes = {image->size()};
    const auto file_system = media::FileSystem::parse(image->bytes(), sizes);
    if (!file_system)
        return std::unexpected(file_system.error());
    Copy copy(*image, base::Fd(::open(from, O_RDONLY | O_CLOEXEC)), *to);
    if (auto copied = copy.range(0, media::log_offset + file_system->superblock().log_length); !copied)
        return copied;
    for (const media::Node &node : file_system->nodes())
        if (auto copied = copy_file(node, copy); !copied)
            return copied;
    return {};
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "Usage: famfs-copy-image IMAGE DEVICE\n");
        return 2;
    }
    if (auto copied = copy_image(argv[1], argv[2]); !copied) {
        std::fprintf(stderr, "famfs-copy-image: %s\n", copied.error().message().c_str());
        return 1;
    }
    return 0;
}
