// SPDX-License-Identifier: GPL-2.0-only
#include "loader/device_table.h"

#include <sys/ioctl.h>

namespace famfs::loader {
namespace {

const char *hint_for(int code) {
    switch (code) {
    case EOPNOTSUPP:
        return "the device is not bound to fsdev_dax; unbind it from device_dax and bind it there";
    case EBUSY:
        return "another mount holds the device; unmount that first";
    case EPERM:
        return "it needs CAP_SYS_RAWIO, and the FUSE connection must be mounted";
    case EBADF:
        return "the descriptor must be open for reading";
    case ENODEV:
        return "it is not a dax character device";
    case ENOTTY:
        return "this kernel's FUSE does not have the iomap hook";
    case EINVAL:
        return "the length must be a multiple of 4096 within the device, and the device a dax character "
               "device";
    default:
        return "";
    }
}

} // namespace

base::Expected<std::uint32_t> hand_over_device(int fuse_fd, int dax_fd, std::uint64_t length,
                                               const std::string &path) {
    fuse_iomap_device device = {.fd = dax_fd, .flags = 0, .length = length};
    const int cookie = ::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_DEVICE, &device);
    if (cookie < 0)
        return base::fail(errno, "give the kernel", path, hint_for(errno));
    if (cookie == 0)
        return base::fail(EPROTO, "give the kernel", path, "the kernel answered with cookie 0");
    return static_cast<std::uint32_t>(cookie);
}

base::Expected<void> store_to_device(int fuse_fd, const fuse_iomap_write &request) {
    if (::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_WRITE, &request) == 0)
        return {};
    return base::fail_errno("store " + std::to_string(request.length) + " bytes at byte " +
                                std::to_string(request.offset) + " of",
                            "the device with cookie " + std::to_string(request.dev),
                            errno == ENOTTY ? "this kernel's FUSE has an older iomap hook" : "");
}

} // namespace famfs::loader
