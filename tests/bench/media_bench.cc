// SPDX-License-Identifier: GPL-2.0-only
// What reading, checking and writing a famfs costs on this machine.
#include "base/fd.h"
#include "daemon/media/write/author.h"
#include "tests/support/media_image.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <zlib.h>

namespace famfs::test {
namespace {

using media::Author;
using media::FileSystem;
using media::gibibyte;
using media::mebibyte;

constexpr std::uint64_t unit = media::default_alloc_unit;
constexpr std::uint64_t many = 25600;

/// 4 GiB of holes in a file without a name.
base::Memory sparse_image() {
    const base::Fd file(::open(std::filesystem::temp_directory_path().c_str(), O_TMPFILE | O_RDWR, 0600));
    if (file.get() < 0 || ::ftruncate(file.get(), 4 * gibibyte) != 0)
        throw std::runtime_error("no temporary file");
    return sound(base::Memory::map(file.get(), 4 * gibibyte, PROT_READ | PROT_WRITE, "image"));
}

void make(benchmark::State &state) {
    const auto write_back = media::write_back_to_page_cache();
    for (auto _ : state) {
        state.PauseTiming();
        const base::Memory image = sparse_image();
        state.ResumeTiming();
        sound(media::mkfs({image.bytes(), "image", {}}, {}, {}, *write_back));
    }
}

/// One extent each, a hundred in a directory, sixteen directories in one above.
TestDevices full() {
    TestDevices devices({64 * gibibyte});
    devices.mkfs(16 * mebibyte);
    const FileSystem fs = devices.parse();
    Author author = sound(Author::open(devices.primary(), fs, *devices.write_back));
    for (std::uint64_t i = 0; i < many; i++) {
        const std::string directory =
            "set" + std::to_string(i / 1600) + "/part" + std::to_string(i / 100 % 16);
        if (i % 100 == 0)
            sound(author.make_directory(directory, {0, 0, 0755}, true));
        const std::string path = directory + "/file" + std::to_string(i);
        sound(author.commit(sound(author.prepare(path, unit, {}, {}))));
    }
    return devices;
}

const TestDevices &full_devices() {
    static const TestDevices devices = full();
    return devices;
}

void parse(benchmark::State &state) {
    const TestDevices &devices = full_devices();
    for (auto _ : state)
        benchmark::DoNotOptimize(devices.parse());
}

void rebuild_bitmap(benchmark::State &state) {
    const FileSystem fs = full_devices().parse();
    for (auto _ : state)
        benchmark::DoNotOptimize(media::Allocator(fs));
}

/// Name checked, space found, entry written, in one session, up to a full log.
void append(benchmark::State &state) {
    const std::uint64_t log_length = static_cast<std::uint64_t>(state.range(0)) * mebibyte;
    TestDevices devices({512 * gibibyte});
    std::optional<FileSystem> fs;
    std::optional<Author> author;
    std::uint64_t left = 0;
    for (auto _ : state) {
        if (left == 0) {
            state.PauseTiming();
            devices.mkfs(log_length);
            fs = devices.parse();
            author = sound(Author::open(devices.primary(), *fs, *devices.write_back));
            left = author->free_slots();
            state.ResumeTiming();
        }
        sound(author->commit(sound(author->prepare("file" + std::to_string(left--), unit, {}, {}))));
    }
}

/// In units of 4 KiB: small ones that share blocks, or large ones that begin with one.
void find_space(benchmark::State &state) {
    const auto size = static_cast<std::uint64_t>(state.range(0)) * 1024;
    TestDevices devices({64 * gibibyte});
    devices.mkfs(16 * mebibyte, media::small_alloc_unit);
    const FileSystem fs = devices.parse();
    for (auto _ : state) {
        media::Allocator allocator(fs);
        for (int i = 0; i < 10000; i++)
            benchmark::DoNotOptimize(sound(allocator.allocate(size)));
    }
}

void crc_of_entries(benchmark::State &state) {
    const std::span<const std::byte> log = full_devices().primary();
    for (auto _ : state)
        for (std::uint64_t i = 0; i < many; i++)
            benchmark::DoNotOptimize(
                media::crc32_of(log.data() + media::entry_offset(i), offsetof(media::LogEntry, crc)));
}

void zlib_crc_of_entries(benchmark::State &state) {
    const std::span<const std::byte> log = full_devices().primary();
    for (auto _ : state)
        for (std::uint64_t i = 0; i < many; i++)
            benchmark::DoNotOptimize(
                ::crc32(0, reinterpret_cast<const Bytef *>(log.data() + media::entry_offset(i)),
                        offsetof(media::LogEntry, crc)));
}

BENCHMARK(make)->Name("mkfs, 4 GiB sparse image")->Unit(benchmark::kMicrosecond)->Iterations(20);
BENCHMARK(parse)->Name("parse 25,600 files")->Unit(benchmark::kMillisecond);
BENCHMARK(rebuild_bitmap)->Name("rebuild the bitmap, 25,600 files")->Unit(benchmark::kMillisecond);
BENCHMARK(append)->Name("append a file, log MiB")->Arg(8)->Arg(64)->Unit(benchmark::kNanosecond);
BENCHMARK(find_space)
    ->Name("find space for 10,000 files in units of 4 KiB, KiB each")
    ->Arg(4)
    ->Arg(3100)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(crc_of_entries)->Name("CRC-32 of 25,600 entries")->Unit(benchmark::kMillisecond);
BENCHMARK(zlib_crc_of_entries)->Name("the same by zlib")->Unit(benchmark::kMillisecond);

} // namespace
} // namespace famfs::test

BENCHMARK_MAIN();
