// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/copy_backend.h"

#include "base/try.h"
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

CopyBackend::CopyBackend(std::vector<device::Device> devices)
    : devices_(std::move(devices)), storage_(devices_) {}

base::Expected<std::unique_ptr<CopyBackend>> CopyBackend::create(std::vector<device::Device> devices) {
    for (device::Device &device : devices)
        FAMFS_TRY(device.map());
    return std::unique_ptr<CopyBackend>(new CopyBackend(std::move(devices)));
}

base::Expected<void> CopyBackend::make_records(std::uint64_t log_slots) {
    memory_ = FAMFS_TRY(base::Memory::anonymous(arena_size(log_slots), "the records of files"));
    store_ = FAMFS_TRY(loader::make_arena_store(memory_.bytes(), cookies(devices_.size())));
    return {};
}

// -- requests --

base::Expected<CopyBackend::Piece> CopyBackend::piece_at(const Content &file, std::uint64_t position,
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
CopyBackend::for_each_piece(const Content &file, std::uint64_t offset, std::size_t size,
                            const std::function<base::Expected<void>(const Piece &)> &use) {
    std::size_t done = 0;
    while (done < size) {
        const Piece piece = FAMFS_TRY(piece_at(file, offset + done, size - done));
        FAMFS_TRY(use(piece));
        done += piece.length;
    }
    return {};
}

// The kernel copies straight from the mapping of the device. Where that has no memory (a truncated image, a
// bad page), the reader gets EIO from the kernel: no signal, and no zeros.
void CopyBackend::read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) {
    const std::uint64_t left = offset < file.size ? file.size - offset : 0;
    std::vector<iovec> vectors;
    const auto done =
        for_each_piece(file, offset, static_cast<std::size_t>(std::min<std::uint64_t>(size, left)),
                       [&vectors](const Piece &piece) -> base::Expected<void> {
                           const auto bytes =
                               FAMFS_TRY(piece.device->window(piece.address, piece.length, "read"));
                           vectors.push_back({.iov_base = bytes.data(), .iov_len = bytes.size()});
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

void CopyBackend::write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
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

// -- storage --

base::Expected<void> CopyBackend::write(std::uint32_t device, std::uint64_t offset,
                                        std::span<const std::byte> bytes) {
    return storage_.write(device, offset, bytes);
}

base::Expected<void> CopyBackend::zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) {
    return storage_.zero(device, offset, length);
}

base::Expected<void> CopyBackend::persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) {
    return storage_.persist(device, offset, length);
}

} // namespace famfs::server
