import { hiddenName, label, pieces } from '../lib/hidden';

/**
 * Text that a machine wrote: characters which can't be seen are shown as
 * labels, and its direction can't leak into what stands around it.
 */
export function Visible({ text }: { text: string }) {
  return (
    <bdi>
      {pieces(text).map((piece, index) =>
        piece.code === null ? (
          piece.text
        ) : (
          // Positions are the identity of pieces of a constant text.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className="hidden-char" title={hiddenName(piece.code)}>
            {label(piece.code)}
          </span>
        ),
      )}
    </bdi>
  );
}
