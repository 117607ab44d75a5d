// SPDX-License-Identifier: GPL-2.0-only
// What syncfs(2) has to write back.
#include "daemon/server/files/written_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using server::WrittenFiles;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(WrittenFiles, APublishedFileIsWrittenBackOnceAfterItsLastWriter) {
    WrittenFiles files;
    files.opened(16);
    files.opened(16);
    files.closed(16, true);
    EXPECT_THAT(files.take(), ElementsAre(16));
    EXPECT_THAT(files.take(), ElementsAre(16)) << "somebody can still write to it";
    files.closed(16, true);
    EXPECT_THAT(files.take(), ElementsAre(16));
    EXPECT_THAT(files.take(), IsEmpty());
}

TEST(WrittenFiles, WhatPublicationWritesBackIsNotKept) {
    WrittenFiles files;
    files.opened(20);
    files.closed(20, false);
    EXPECT_THAT(files.take(), IsEmpty());
}

TEST(WrittenFiles, AFileThatCouldNotBeWrittenBackIsTriedAgain) {
    WrittenFiles files;
    files.opened(16);
    files.closed(16, true);
    for (const std::uint64_t nodeid : files.take())
        files.keep(nodeid);
    files.opened(16);
    files.keep(16);
    files.closed(16, true);
    EXPECT_THAT(files.take(), ElementsAre(16));
}

TEST(WrittenFiles, AReaderThatClosesCountsNothing) {
    WrittenFiles files;
    files.closed(16, true);
    EXPECT_THAT(files.take(), IsEmpty());
}

} // namespace
} // namespace famfs::test
