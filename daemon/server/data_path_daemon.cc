// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/data_path_daemon.h"

#include "bpf/mapping.h"

#include <algorithm>
#include <numeric>
#include <sys/uio.h>

namespace famfs::server {

namespace {

constexpr std::uint64_t max_arena = 1ULL << 32;

/// Device i has cookie i + 1: 0 is nobody's.
std::vector<std::uint32_t> cookies(std::size_t devices) {
    std::vector<std::uint32_t> list(devices);
    std::iota(list.begin(), list.end(), 1U);
    return list;
}

/// Room for every entry that the log can hold and for as many files made here, each with the longest list,
/// twice over. Untouched pages cost nothing.
std::uint64_t arena_size(std::uint64_t log_slots) {
    const std::uint64_t records = media::first_entry_nodeid + 4 * log_slots;
    const std::uint64_t bytes = records * (FAMFS_RECORD_SIZE + media::max_strips * FAMFS_EXTENT_SIZE);
    return std::min(base::round_up_to_page(bytes) + base::page_bytes, max_arena);
}

std::string where(const Content &file, std::uint64_t position) {
    return file.name() + " at byte " + std::to_string(position);
}

} // namespace

base::Expected<std::unique_ptr<DaemonDataPath>> DaemonDataPath::create(std::vector<device::Device> devices,
                                                                       std::uint64_t log_slots) {
    auto path = std::make_unique<DaemonDataPath>();
    auto memory = base::Memory::anonymous(arena_size(log_slots), "the records of files");
    if (!memory)
        return std::unexpected(memory.error());
    path->memory_ = *std::move(memory);
    auto store = loader::make_arena_store(path->memory_.bytes(), cookies(devices.size()));
    if (!store)
        return std::unexpected(store.error());
    path->store_ = *std::move(store);
    path->devices_ = std::move(devices);
    return path;
}

base::Expected<DaemonDataPath::Piece> DaemonDataPath::piece_at(const Content &file, std::uint64_t position,
                                                               std::size_t most) {
    famfs_answer answer{};
    const enum famfs_status status = store_->resolve(file.nodeid, position, answer);
    if (status != FAMFS_OK)
        return base::fail(famfs_status_errno(status), "find", where(file, position));
    const std::uint64_t into = position - answer.offset;
    if (answer.device == 0 || answer.device > devices_.size())
        return base::fail(EIO, "find the device of", where(file, position));
    return Piece{.device = &devices_[answer.device - 1],
                 .address = answer.address + into,
                 .length = static_cast<std::size_t>(std::min<std::uint64_t>(most, answer.length - into))};
}

base::Expected<void>
DaemonDataPath::for_each_piece(const Content &file, std::uint64_t offset, std::size_t size,
                               const std::function<base::Expected<void>(const Piece &)> &use) {
    std::size_t done = 0;
    while (done < size) {
        auto piece = piece_at(file, offset + done, size - done);
        if (!piece)
            return std::unexpected(piece.error());
        if (auto used = use(*piece); !used)
            return used;
        done += piece->length;
    }
    return {};
}

// The kernel copies straight from the mapping of the device. Where that has no memory (a truncated image, a
// bad page), the reader gets EIO from the kernel: no signal, and no zeros.
void DaemonDataPath::read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) {
    const std::uint64_t left = offset < file.size ? file.size - offset : 0;
    std::vector<iovec> vectors;
    const auto done =
        for_each_piece(file, offset, static_cast<std::size_t>(std::min<std::uint64_t>(size, left)),
                       [&vectors](const Piece &piece) -> base::Expected<void> {
                           auto bytes = piece.device->window(piece.address, piece.length, "read");
                           if (!bytes)
                               return std::unexpected(bytes.error());
                           vectors.push_back({.iov_base = bytes->data(), .iov_len = bytes->size()});
                           return {};
                       });
    if (!done) {
        warnings_.say("read", done.error().message());
        fuse_reply_err(request, EIO);
        return;
    }
    if (fuse_reply_iov(request, vectors.data(), static_cast<int>(vectors.size())) == -EFAULT)
        warnings_.say("read", "read " + where(file, offset) +
                                  ": the device has no memory there; was the image truncated?");
}

void DaemonDataPath::write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
                           std::uint64_t offset) {
    std::span<const std::byte> left = bytes;
    const auto done = for_each_piece(file, offset, bytes.size(), [&left](const Piece &piece) {
        const auto now = left.first(piece.length);
        left = left.subspan(piece.length);
        return piece.device->write(piece.address, now);
    });
    if (!done) {
        warnings_.say("write", done.error().message());
        fuse_reply_err(request, EIO);
        return;
    }
    fuse_reply_write(request, bytes.size());
}

} // namespace famfs::server
