/** Two tracks and a switch. */
export const Logo = ({ size = 24 }: { size?: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden className="ty-logo">
    <title>Trainyard</title>
    <rect width="32" height="32" rx="7" />
    <path d="M6 23h20M6 16h9c4 0 4-7 8-7h3" />
    <circle cx="15" cy="16" r="2.7" />
  </svg>
);
