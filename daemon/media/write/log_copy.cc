// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/log_copy.h"

#include "base/try.h"
#include "daemon/media/format/bytes.h"

namespace famfs::media {

base::Expected<std::unique_ptr<LogCopy>> LogCopy::create(const LogHeader &header, Store store) {
    auto memory = FAMFS_TRY(base::Memory::anonymous(log_offset + header.length, "the log that is written"));
    media::store(memory.bytes(), log_offset, header);
    return std::make_unique<LogCopy>(std::move(memory), std::move(store));
}

void LogCopy::lines(std::span<const std::byte> bytes) {
    if (stored_)
        stored_ = store_(static_cast<std::uint64_t>(bytes.data() - memory_.bytes().data()), bytes);
}

} // namespace famfs::media
