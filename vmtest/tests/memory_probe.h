// SPDX-License-Identifier: GPL-2.0-only
// Touching mapped memory that may answer with SIGBUS, and the pattern that tells which byte of which device
// is mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace famfs::vmtest {

inline constexpr std::size_t page_size = 4096;
inline constexpr std::size_t huge_size = 2 << 20;

/// si_code of the SIGBUS that reading a byte at @address caused; 0 if it caused none. For any thread.
int bus_error_reading(const volatile void *address);
/// The same for writing back the byte that is there.
int bus_error_writing(volatile void *address);

/// si_code of a SIGBUS that comes while @action runs.
int bus_error_during(const std::function<void()> &action);
/// Reads the eight bytes at @address into @word; si_code of the SIGBUS, or 0.
int copy_word(const volatile void *address, std::uint64_t &word);

/// The eight bytes that fill() puts at byte @address of the device with the cookie @device.
constexpr std::uint64_t pattern(std::uint32_t device, std::uint64_t address) {
    return (address ^ (std::uint64_t{device} << 56)) * 0x9E3779B97F4A7C15U;
}

/// Writes the pattern of @length bytes at @address through the file @path, from @offset of it, with
/// pwrite(2).
void fill(const std::string &path, std::uint64_t length, std::uint32_t device, std::uint64_t address,
          std::uint64_t offset = 0);
/// Compares every eight bytes; the offset of the first that are wrong.
std::optional<std::uint64_t> first_wrong(const void *memory, std::uint64_t length, std::uint32_t device,
                                         std::uint64_t address);

/// A file mapped whole, shared.
class MappedFile {
public:
    /// A failure fails the test. @flags beside MAP_SHARED.
    MappedFile(const std::string &path, std::size_t length, bool writable = false);
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;
    ~MappedFile();

    [[nodiscard]] volatile char *at(std::size_t offset) const {
        return static_cast<volatile char *>(memory_) + offset;
    }
    [[nodiscard]] const void *data() const { return memory_; }
    /// Forgets the pages of this process; the next touch is a fault.
    void drop() const;

private:
    void *memory_;
    std::size_t length_;
};

/// Reads the file whole with read(2). An errno, or 0.
int read_whole(const std::string &path, std::string &bytes);
/// errno of pread(2) of @length bytes at @offset, or 0; @got is what it returned.
int read_error(const std::string &path, std::size_t length, std::uint64_t offset = 0,
               std::size_t *got = nullptr);
int write_error(const std::string &path, std::size_t length, std::uint64_t offset = 0,
                std::size_t *got = nullptr);

} // namespace famfs::vmtest
