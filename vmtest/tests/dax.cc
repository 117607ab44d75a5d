// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/dax.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

namespace famfs::vmtest {
namespace {

/// errno of the kernel's answer, or 0.
int tell(const std::string &driver, const std::string &file, const std::string &text) {
    const base::Fd attribute(
        ::open(("/sys/bus/dax/drivers/" + driver + "/" + file).c_str(), O_WRONLY | O_CLOEXEC));
    if (!attribute)
        return errno;
    return ::write(attribute.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0
                                                                                                   : errno;
}

} // namespace

std::string dax_name(int number) {
    return "dax" + std::to_string(number) + ".0";
}

std::uint64_t dax_size(int number) {
    std::ifstream file("/sys/bus/dax/devices/" + dax_name(number) + "/size");
    std::uint64_t size = 0;
    EXPECT_TRUE(file >> size) << dax_name(number);
    return size;
}

base::Fd open_dax(int number, int flags) {
    base::Fd device(::open(("/dev/" + dax_name(number)).c_str(), flags | O_CLOEXEC));
    EXPECT_TRUE(device) << dax_name(number) << ": " << std::strerror(errno);
    return device;
}

int hand_over(int fuse_fd, int dax_fd, std::uint64_t length, std::uint32_t flags) {
    fuse_iomap_device device = {.fd = dax_fd, .flags = flags, .length = length};
    const int cookie = ::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_DEVICE, &device);
    return cookie < 0 ? -errno : cookie;
}

std::uint32_t hand_over(int fuse_fd, int number) {
    const base::Fd device = open_dax(number, O_RDWR);
    const int cookie = hand_over(fuse_fd, device.get(), dax_size(number));
    EXPECT_GT(cookie, 0) << dax_name(number) << ": " << std::strerror(-cookie);
    return static_cast<std::uint32_t>(cookie);
}

int store(int fuse_fd, const fuse_iomap_write &request) {
    return ::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_WRITE, &request) == 0 ? 0 : errno;
}

void store_bytes(int fuse_fd, std::uint32_t device, std::uint64_t offset, std::string_view bytes) {
    const int error = store(fuse_fd, {.dev = device,
                                      .flags = 0,
                                      .offset = offset,
                                      .length = bytes.size(),
                                      .buffer = reinterpret_cast<std::uintptr_t>(bytes.data())});
    ASSERT_EQ(error, 0) << std::strerror(error);
}

void unbind(int number, const std::string &driver) {
    // An identity that is left there would give the driver the device back; one that came by "bind" has none.
    (void)tell(driver, "remove_id", dax_name(number));
    ASSERT_EQ(tell(driver, "unbind", dax_name(number)), 0) << dax_name(number) << " of " << driver;
}

void bind(int number, const std::string &driver) {
    // fsdev_dax takes only devices that are named to it.
    const char *how = driver == "fsdev_dax" ? "new_id" : "bind";
    ASSERT_EQ(tell(driver, how, dax_name(number)), 0) << dax_name(number) << " to " << driver;
}

} // namespace famfs::vmtest
