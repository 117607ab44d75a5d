// SPDX-License-Identifier: GPL-2.0-only
// Right answers: every way to a file's bytes reaches the same memory, and no other.
#include "vmtest/tests/fiemap.h"
#include "vmtest/tests/hooked_mount.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace famfs::vmtest {
namespace {

using Data = HookedMount;

TEST_F(Data, WrittenReadAndMappedAreTheSame) {
    constexpr std::uint64_t size = 8 * mebibyte + 3 * page_size + 100;
    const std::string path = patterned(2, size - 100, 16 * mebibyte);
    program.extent(2, size, dax0, 16 * mebibyte);
    server.file(3, size);
    std::string bytes;
    ASSERT_EQ(read_whole(path, bytes), 0);
    EXPECT_EQ(bytes.size(), size - 100);
    EXPECT_EQ(first_wrong(bytes.data(), bytes.size(), dax0, 16 * mebibyte), std::nullopt);
    const MappedFile mapped(path, size - 100);
    EXPECT_EQ(first_wrong(mapped.data(), size - 100, dax0, 16 * mebibyte), std::nullopt);
    EXPECT_EQ(server.state().requests[FUSE_READ], 0U);
    EXPECT_EQ(server.state().requests[FUSE_WRITE], 0U);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Data, SizeThatIsNoMultipleOfAPage) {
    const std::string path = patterned(2, 3 * page_size, 0);
    program.extent(3, page_size + 100, dax0, page_size);
    const std::string odd = server.file(3, page_size + 100);
    std::string bytes;
    ASSERT_EQ(read_whole(odd, bytes), 0);
    EXPECT_EQ(bytes.size(), page_size + 100);
    EXPECT_EQ(first_wrong(bytes.data(), page_size + 96, dax0, page_size), std::nullopt);
    const MappedFile mapped(odd, 3 * page_size);
    EXPECT_EQ(first_wrong(mapped.data(), page_size + 96, dax0, page_size), std::nullopt);
    EXPECT_EQ(bus_error_reading(mapped.at(2 * page_size)), BUS_ADRERR);
}

TEST_F(Data, HugePagesWhereTheyFit) {
    constexpr std::uint64_t size = 64 * mebibyte;
    const std::string path = patterned(2, size, 32 * mebibyte);
    const MappedFile mapped(path, size);
    EXPECT_EQ(first_wrong(mapped.data(), size, dax0, 32 * mebibyte), std::nullopt);
    EXPECT_EQ(program.calls(HOOK_PMD), size / huge_size);
    EXPECT_EQ(program.calls(HOOK_PTE), 0U);
}

TEST_F(Data, SmallPagesWhereTheDeviceIsNotAligned) {
    constexpr std::uint64_t size = 4 * mebibyte;
    constexpr std::uint64_t address = 96 * mebibyte + page_size;
    const std::string path = patterned(2, size, address);
    const MappedFile mapped(path, size);
    EXPECT_EQ(first_wrong(mapped.data(), size, dax0, address), std::nullopt);
    EXPECT_EQ(program.calls(HOOK_PTE), size / page_size);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Data, TwoDevicesInOneFile) {
    constexpr std::uint64_t part = 6 * mebibyte;
    hook_rule rule = {};
    rule.style = HOOK_EXTENTS;
    rule.extents[0] = {.length = part, .address = 8 * mebibyte, .device = dax0, .pad = 0};
    rule.extents[1] = {.length = part, .address = 40 * mebibyte, .device = dax1, .pad = 0};
    program.rule(2, rule);
    const std::string path = server.file(2, 2 * part);
    fill(path, part, dax0, 8 * mebibyte);
    fill(path, part, dax1, 40 * mebibyte, part);

    std::string bytes;
    ASSERT_EQ(read_whole(path, bytes), 0);
    const MappedFile mapped(path, 2 * part);
    for (const char *memory :
         {static_cast<const char *>(bytes.data()), static_cast<const char *>(mapped.data())}) {
        EXPECT_EQ(first_wrong(memory, part, dax0, 8 * mebibyte), std::nullopt);
        EXPECT_EQ(first_wrong(memory + part, part, dax1, 40 * mebibyte), std::nullopt);
    }
}

TEST_F(Data, AnswerThatStartsWhereItWasAskedFor) {
    constexpr std::uint64_t size = mebibyte;
    const std::string path = patterned(2, size, 0);
    hook_rule rule = {};
    rule.style = HOOK_FROM_POS;
    rule.extents[0] = {.length = size, .address = 0, .device = dax0, .pad = 0};
    program.rule(2, rule);
    const base::Fd file(::open(path.c_str(), O_RDONLY));
    std::uint64_t word = 0;
    for (const std::uint64_t at : {8UL, 4088UL, 4104UL, size - 8}) {
        ASSERT_EQ(::pread(file.get(), &word, sizeof(word), static_cast<off_t>(at)), 8);
        EXPECT_EQ(word, pattern(dax0, at)) << at;
    }
    const MappedFile mapped(path, size);
    EXPECT_EQ(first_wrong(mapped.data(), size, dax0, 0), std::nullopt);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Data, StoresAreSeenByReadAndByOthers) {
    const std::string path = patterned(2, 4 * mebibyte, 0);
    const MappedFile writer(path, 4 * mebibyte, true);
    const MappedFile reader(path, 4 * mebibyte);
    EXPECT_EQ(*reader.at(5), *writer.at(5));
    for (const std::uint64_t at : {5UL, 2 * mebibyte + 77, 4 * mebibyte - 1}) {
        *writer.at(at) = 0x5A;
        EXPECT_EQ(*reader.at(at), 0x5A);
        char byte = 0;
        const base::Fd file(::open(path.c_str(), O_RDONLY));
        ASSERT_EQ(::pread(file.get(), &byte, 1, static_cast<off_t>(at)), 1);
        EXPECT_EQ(byte, 0x5A);
    }
    EXPECT_EQ(::msync(const_cast<char *>(writer.at(0)), 4 * mebibyte, MS_SYNC), 0) << std::strerror(errno);
    *writer.at(5) = 0x5B;
    EXPECT_EQ(*reader.at(5), 0x5B);
}

TEST_F(Data, PrivateStoresStayPrivate) {
    const std::string path = patterned(2, mebibyte, 0);
    const base::Fd file(::open(path.c_str(), O_RDONLY));
    auto *memory =
        static_cast<char *>(::mmap(nullptr, mebibyte, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0));
    ASSERT_NE(memory, MAP_FAILED);
    memory[0] = static_cast<char>(~memory[0]);
    memory[page_size] = 1;
    std::string bytes;
    ASSERT_EQ(read_whole(path, bytes), 0);
    EXPECT_EQ(first_wrong(bytes.data(), bytes.size(), dax0, 0), std::nullopt);
    ::munmap(memory, mebibyte);
}

TEST_F(Data, NoWriteGoesPastTheEnd) {
    const std::string path = patterned(2, 3 * page_size, 0);
    fill(patterned(3, 3 * page_size, 3 * page_size), 3 * page_size, dax0, 3 * page_size);
    std::size_t got = 0;
    EXPECT_EQ(write_error(path, page_size, 3 * page_size), EFBIG);
    EXPECT_EQ(write_error(path, 2 * page_size, 2 * page_size, &got), 0);
    EXPECT_EQ(got, page_size);
    const base::Fd file(::open(path.c_str(), O_WRONLY | O_APPEND));
    EXPECT_EQ(::write(file.get(), "x", 1), -1);
    EXPECT_EQ(errno, EFBIG);
    std::string bytes;
    ASSERT_EQ(read_whole(server.path(3), bytes), 0);
    EXPECT_EQ(first_wrong(bytes.data(), bytes.size(), dax0, 3 * page_size), std::nullopt);
    EXPECT_EQ(server.state().requests[FUSE_WRITE], 0U);
}

TEST_F(Data, ReadAtTheEndIsEmptyAndAsksNobody) {
    const std::string path = patterned(2, page_size, 0);
    const std::uint64_t before = program.calls(Which::first);
    std::size_t got = 1;
    EXPECT_EQ(read_error(path, 10, page_size, &got), 0);
    EXPECT_EQ(got, 0U);
    EXPECT_EQ(program.calls(Which::first), before);
}

TEST_F(Data, OtherWaysIn) {
    constexpr std::uint64_t size = mebibyte;
    const std::string from = patterned(2, size, 0);
    program.extent(3, size, dax0, size);
    const std::string to = server.file(3, size);
    const base::Fd in(::open(from.c_str(), O_RDONLY | O_DIRECT));
    const base::Fd out(::open(to.c_str(), O_WRONLY));
    ASSERT_TRUE(in) << std::strerror(errno);
    loff_t at_in = 0;
    loff_t at_out = 0;
    EXPECT_EQ(::copy_file_range(in.get(), &at_in, out.get(), &at_out, size / 2, 0),
              static_cast<ssize_t>(size / 2))
        << std::strerror(errno);
    off_t at = size / 2;
    ASSERT_EQ(::lseek(out.get(), static_cast<off_t>(size / 2), SEEK_SET), static_cast<off_t>(size / 2));
    for (std::size_t left = size / 2; left > 0;) {
        const ssize_t sent = ::sendfile(out.get(), in.get(), &at, left);
        ASSERT_GT(sent, 0) << std::strerror(errno);
        left -= static_cast<std::size_t>(sent);
    }
    EXPECT_EQ(::fsync(out.get()), 0) << std::strerror(errno);
    std::string bytes;
    ASSERT_EQ(read_whole(to, bytes), 0);
    EXPECT_EQ(first_wrong(bytes.data(), size, dax0, 0), std::nullopt);
    EXPECT_EQ(server.state().requests[FUSE_COPY_FILE_RANGE], 0U);
}

TEST_F(Data, WhatCannotBe) {
    const std::string path = patterned(2, mebibyte, 0);
    const base::Fd file(::open(path.c_str(), O_RDWR));
    EXPECT_EQ(::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, page_size), -1);
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(::mmap(nullptr, mebibyte, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, file.get(), 0),
              MAP_FAILED);
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_HOLE), static_cast<off_t>(mebibyte));
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_DATA), 0);
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_END), static_cast<off_t>(mebibyte));
}

TEST_F(Data, PassthroughOnTopIsRefused) {
    const std::string path = patterned(2, page_size, 0);
    server.state().files[2].open_flags = 1U << 7; // FOPEN_PASSTHROUGH
    EXPECT_EQ(::open(path.c_str(), O_RDONLY), -1);
    EXPECT_EQ(errno, EIO);
}

TEST_F(Data, FiemapTellsTheAnswers) {
    hook_rule rule = {};
    rule.style = HOOK_EXTENTS;
    rule.extents[0] = {.length = mebibyte, .address = 8 * mebibyte, .device = dax0, .pad = 0};
    rule.extents[1] = {.length = mebibyte, .address = 2 * mebibyte, .device = dax1, .pad = 0};
    program.rule(2, rule);
    int error = 0;
    const auto extents = extents_of(server.file(2, 2 * mebibyte), 0, ~0ULL, error);
    EXPECT_EQ(error, 0);
    ASSERT_EQ(extents.size(), 2U);
    EXPECT_EQ(extents[0].physical, 8 * mebibyte);
    EXPECT_EQ(extents[0].length, mebibyte);
    EXPECT_EQ(extents[1].logical, mebibyte);
    EXPECT_EQ(extents[1].physical, 2 * mebibyte);
    EXPECT_EQ(extents[1].flags, FIEMAP_EXTENT_LAST);
}

TEST_F(Data, FiemapOfAnUnpublishedFileIsAnError) {
    int error = 0;
    EXPECT_TRUE(extents_of(server.file(2, mebibyte), 0, ~0ULL, error).empty());
    EXPECT_EQ(error, ENXIO);
}

TEST_F(Data, ThreadsFaultTogether) {
    constexpr std::uint64_t size = 32 * mebibyte;
    // Half of it in small pages: the second extent is not aligned.
    hook_rule rule = {};
    rule.style = HOOK_EXTENTS;
    rule.extents[0] = {.length = size / 2, .address = 0, .device = dax0, .pad = 0};
    rule.extents[1] = {.length = size / 2, .address = 64 * mebibyte + page_size, .device = dax0, .pad = 0};
    program.rule(2, rule);
    const std::string path = server.file(2, size);
    fill(path, size / 2, dax0, 0);
    fill(path, size / 2, dax0, 64 * mebibyte + page_size, size / 2);
    const MappedFile mapped(path, size);
    std::vector<std::jthread> threads;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 3; ++round) {
                const auto *memory = static_cast<const char *>(mapped.data());
                wrong += first_wrong(memory, size / 2, dax0, 0).has_value() ? 1 : 0;
                wrong += first_wrong(memory + size / 2, size / 2, dax0, 64 * mebibyte + page_size).has_value()
                             ? 1
                             : 0;
                mapped.drop();
            }
        });
    threads.clear();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Data, ReadOnlyDevice) {
    FuseServer other;
    Program its_program(other.fd());
    const Link its_link = its_program.attach();
    server.unmount();
    const base::Fd device = open_dax(0, O_RDONLY);
    const int cookie = hand_over(other.fd(), device.get(), dax_size(0));
    ASSERT_EQ(cookie, 1);
    its_program.extent(2, mebibyte, 1, 0);
    const std::string path = other.file(2, mebibyte);
    EXPECT_EQ(read_error(path, page_size), 0);
    EXPECT_EQ(write_error(path, page_size), EROFS);
    const MappedFile mapped(path, mebibyte, true);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), 0);
    EXPECT_EQ(bus_error_writing(mapped.at(0)), BUS_ADRERR);
}

} // namespace
} // namespace famfs::vmtest
