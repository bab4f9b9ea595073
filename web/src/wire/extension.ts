// The RTP header extensions (RFC 8285) that are negotiated. The audio level is never one of them: it
// would tell the server who speaks.

export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
export const TRANSPORT_CC_URI =
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
